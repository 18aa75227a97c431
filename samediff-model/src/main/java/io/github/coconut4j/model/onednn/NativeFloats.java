package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.DeviceMemory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import org.bytedeco.javacpp.Pointer;

/**
 * A buffer of 32-bit floats outside the Java heap that only grows, so that later training steps
 * allocate nothing. Freed by {@link #close()}, not by the garbage collector.
 *
 * <p>If there is not enough memory to grow, the buffer is empty afterwards: a smaller request then
 * works, but earlier addresses are invalid.
 */
final class NativeFloats implements DeviceMemory {

  /**
   * Allocates this many bytes, or returns null. Tests replace it by one that runs out of memory.
   */
  static final AtomicReference<LongFunction<Pointer>> ALLOCATOR =
      new AtomicReference<>(Pointer::malloc);

  /** Width of a cache line and of an AVX-512 register. */
  private static final long ALIGNMENT = 64;

  private Pointer allocation;
  private long address;
  private long capacity;

  /**
   * Makes room for {@code floats} values. The contents are undefined afterwards if the buffer grew.
   *
   * @return the buffer's address, a multiple of 64
   * @throws OutOfMemoryError if there is not enough memory
   */
  @Override
  public long require(long floats) {
    if (floats > capacity) {
      close();
      allocate(floats);
    }
    return address;
  }

  private void allocate(long floats) {
    long bytes = Math.multiplyExact(floats, (long) Float.BYTES);
    Pointer memory = ALLOCATOR.get().apply(Math.addExact(bytes, ALIGNMENT + 2 * GuardWords.BYTES));
    if (memory == null || memory.isNull()) {
      throw new OutOfMemoryError(
          "Cannot allocate "
              + bytes
              + " bytes of native memory. Use smaller batches, or give the process more memory.");
    }
    allocation = memory;
    address = (memory.address() + GuardWords.BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    capacity = floats;
    GuardWords.place(address, bytes);
  }

  /** Makes room like {@link #require(long)}; new memory is set to 0. */
  long requireInitialized(long floats) {
    return floats > capacity ? requireZeroed(floats) : require(floats);
  }

  /** Makes room like {@link #require(long)} and sets the first {@code floats} values to 0. */
  long requireZeroed(long floats) {
    long start = require(floats);
    Floats.clear(start, floats);
    return start;
  }

  @Override
  public void close() {
    if (allocation == null) {
      return;
    }
    Pointer freed = allocation;
    long start = address;
    long bytes = capacity * Float.BYTES;
    allocation = null;
    address = 0;
    capacity = 0;
    try {
      GuardWords.check(start, bytes);
    } finally {
      Pointer.free(freed);
    }
  }
}
