package io.github.coconut4j.model.cuda;

import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A GPU's memory and kernels, which are used in order. What is asked of it may wait until {@link
 * #submit}, a download or the freeing of memory; then failures show, too. Addresses are the GPU's.
 */
interface Gpu {

  /**
   * A copy to the host.
   *
   * @param from the GPU's address
   * @param to the host's
   */
  record Download(long from, Pointer to, long bytes) {}

  /**
   * New memory, whose contents are undefined.
   *
   * @throws OutOfMemoryError if there is no room
   */
  long allocate(long bytes);

  /** Frees what {@link #allocate} gave; 0 is nothing. */
  void free(long address);

  /** Copies to the GPU; the host's memory may be changed afterwards. */
  void upload(Pointer from, long to, long bytes);

  /** Copies numbers to the GPU. */
  default void upload(int[] values, long to) {
    if (values.length > 0) {
      try (IntPointer host = new IntPointer(values)) {
        upload(host, to, (long) values.length * Integer.BYTES);
      }
    }
  }

  /** Copies to the host, once all that was asked for before is done; few and small ones at once. */
  void download(List<Download> downloads);

  /** Copies to the host, once all that was asked for before is done. */
  default void download(long from, Pointer to, long bytes) {
    download(List.of(new Download(from, to, bytes)));
  }

  /** Copies within the GPU's memory. */
  void copy(long from, long to, long bytes);

  /** Sets values to 0. */
  void clear(long address, long floats);

  /**
   * Starts a kernel; without blocks it does nothing.
   *
   * @param values its arguments: Long for pointers and 64-bit numbers, Integer, Float, a
   *     structure's bytes, or int[] for a pointer to a copy of these numbers, which this kernel
   *     alone reads
   */
  void launch(String kernel, Grid grid, Object... values);

  /** Has the GPU begin with all that was asked for, and does not wait for it. */
  void submit();
}
