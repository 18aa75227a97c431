package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.DeviceMemory;

/** A buffer in GPU memory that only grows. Its contents are undefined after it grew. */
final class GpuMemory implements DeviceMemory {

  private final Gpu gpu;
  private long address;
  private long bytes;

  GpuMemory(Gpu gpu) {
    this.gpu = gpu;
  }

  @Override
  public long require(long floats) {
    return requireBytes(Math.multiplyExact(floats, (long) Float.BYTES));
  }

  long requireBytes(long needed) {
    if (needed > bytes || address == 0) {
      close();
      address = gpu.allocate(needed);
      bytes = Math.max(1, needed);
    }
    return address;
  }

  /** Grows if necessary, and copies an array to the start of the buffer. */
  long of(int[] values) {
    requireBytes((long) values.length * Integer.BYTES);
    gpu.upload(values, address);
    return address;
  }

  @Override
  public void close() {
    long old = address;
    address = 0;
    bytes = 0;
    gpu.free(old);
  }
}
