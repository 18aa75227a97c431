package io.github.coconut4j.model.internal.kernel;

import org.bytedeco.javacpp.Pointer;

/**
 * A buffer of 32-bit floats outside the Java heap that only ever grows, so that a steady training
 * step allocates nothing. Freed by {@link #close()}, not by the garbage collector.
 */
final class NativeFloats implements AutoCloseable {

  /** Width of a cache line and of an AVX-512 register. */
  private static final long ALIGNMENT = 64;

  private Pointer allocation;
  private long address;
  private long capacity;

  /**
   * Makes room for {@code floats} values. The contents are undefined afterwards if the buffer grew.
   *
   * @return the buffer's address, a multiple of 64
   */
  long require(long floats) {
    if (floats > capacity) {
      close();
      long bytes = Math.multiplyExact(floats, (long) Float.BYTES) + ALIGNMENT;
      allocation = Pointer.malloc(bytes);
      if (allocation == null || allocation.isNull()) {
        throw new OutOfMemoryError("Cannot allocate " + bytes + " bytes of native memory");
      }
      address = (allocation.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      capacity = floats;
    }
    return address;
  }

  /** Makes room as {@link #require(long)} does; memory that had to grow is 0. */
  long requireInitialized(long floats) {
    return floats > capacity ? requireZeroed(floats) : require(floats);
  }

  /** Makes room as {@link #require(long)} does and sets the first {@code floats} values to 0. */
  long requireZeroed(long floats) {
    long start = require(floats);
    Floats.clear(start, floats);
    return start;
  }

  @Override
  public void close() {
    if (allocation != null) {
      Pointer.free(allocation);
      allocation = null;
      address = 0;
      capacity = 0;
    }
  }
}
