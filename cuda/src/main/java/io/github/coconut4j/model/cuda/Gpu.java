package io.github.coconut4j.model.cuda;

import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A GPU's memory and kernels. Commands run in the order in which they are given. They may wait
 * until {@link #submit}, a download or the freeing of memory. The first two then throw their
 * failures; freeing leaves this to the next command. Addresses are those of the GPU.
 */
interface Gpu {

  /**
   * A copy to the host.
   *
   * @param from address in the GPU's memory
   * @param to host memory
   */
  record Download(long from, Pointer to, long bytes) {}

  /**
   * Allocates memory, whose contents are undefined.
   *
   * @throws OutOfMemoryError if the GPU has not enough free memory
   */
  long allocate(long bytes);

  /** Frees memory of {@link #allocate}; does nothing for the address 0. */
  void free(long address);

  /** Copies to the GPU. The host memory may be changed as soon as the call returns. */
  void upload(Pointer from, long to, long bytes);

  /** Copies an array to the GPU. */
  default void upload(int[] values, long to) {
    if (values.length > 0) {
      try (IntPointer host = new IntPointer(values)) {
        upload(host, to, (long) values.length * Integer.BYTES);
      }
    }
  }

  /** Runs all earlier commands, then copies to the host; small copies are combined into one. */
  void download(List<Download> downloads);

  /** Runs all earlier commands, then copies to the host. */
  default void download(long from, Pointer to, long bytes) {
    download(List.of(new Download(from, to, bytes)));
  }

  /** Copies within the GPU's memory. */
  void copy(long from, long to, long bytes);

  /** Sets floats to 0. */
  void clear(long address, long floats);

  /**
   * Launches a kernel; does nothing if the grid has no blocks.
   *
   * @param values arguments: Long for pointers and 64-bit numbers, Integer, Float, byte[] for a
   *     structure, or int[] for a pointer to a copy of these numbers that exists only for this
   *     launch
   */
  void launch(String kernel, Grid grid, Object... values);

  /** Starts all earlier commands without waiting for them. */
  void submit();
}
