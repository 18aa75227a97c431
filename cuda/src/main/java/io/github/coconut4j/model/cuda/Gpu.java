package io.github.coconut4j.model.cuda;

import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/** A GPU's memory and kernels, which are used in order. Addresses are the GPU's. */
interface Gpu {

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

  /** Copies to the host, once all that was launched before has ended. */
  void download(long from, Pointer to, long bytes);

  /** Copies within the GPU's memory. */
  void copy(long from, long to, long bytes);

  /** Sets values to 0. */
  void clear(long address, long floats);

  /**
   * Starts a kernel; without blocks it does nothing.
   *
   * @param values its arguments: Long for pointers and 64-bit numbers, Integer, Float, or a
   *     structure's bytes
   */
  void launch(String kernel, Grid grid, Object... values);
}
