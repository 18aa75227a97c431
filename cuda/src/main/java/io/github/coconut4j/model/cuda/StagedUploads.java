package io.github.coconut4j.model.cuda;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Small uploads that wait in page-locked memory of the host, one after the other, and go to the GPU
 * in one copy. Each begins at an aligned place.
 */
final class StagedUploads {

  /** Room on either side. */
  static final long BYTES = 4L << 20;

  private static final long ALIGNMENT = 16;

  private final DriverGpu gpu;
  private final BytePointer host;
  private final long device;
  private long used;

  /** Whether the copy before may still be reading the host's memory. */
  private boolean underWay;

  StagedUploads(DriverGpu gpu) {
    this.gpu = gpu;
    host = gpu.allocateHost(BYTES);
    device = gpu.allocate(BYTES);
  }

  /** What so many bytes take where values lie one after the other. */
  static long room(long bytes) {
    return Grid.ceiling(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /** Whether there is {@link #room} for more. */
  boolean hasRoom(long more) {
    return used + more <= BYTES;
  }

  /** Where values will be for the commands that are sent after them. */
  long add(Pointer from, long bytes) {
    start();
    Pointer.memcpy(host.getPointer(used), from, bytes);
    return take(bytes);
  }

  /** The same for numbers. */
  long add(int[] values) {
    start();
    new IntPointer(host.getPointer(used)).put(values);
    return take((long) values.length * Integer.BYTES);
  }

  private void start() {
    if (underWay) {
      gpu.synchronize();
      underWay = false;
    }
  }

  private long take(long bytes) {
    long address = device + used;
    used += room(bytes);
    return address;
  }

  /** Copies what waits. */
  void send() {
    long bytes = used;
    used = 0; // also if the copy fails: the commands that need it are not run then
    if (bytes > 0) {
      underWay = true;
      gpu.upload(host, device, bytes);
    }
  }

  /** The GPU has done all that it was asked for. */
  void arrived() {
    underWay = false;
  }
}
