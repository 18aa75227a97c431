package io.github.coconut4j.model.cuda;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Small uploads that are collected in page-locked host memory and copied to the GPU together. Each
 * is aligned.
 */
final class StagedUploads {

  /** Size of the buffer, on the host and on the GPU. */
  static final long BYTES = 4L << 20;

  private static final long ALIGNMENT = 16;

  private final DriverGpu gpu;
  private final BytePointer host;
  private final long device;
  private long used;

  /** Whether the last copy may still be reading the host's buffer. */
  private boolean underWay;

  StagedUploads(DriverGpu gpu) {
    this.gpu = gpu;
    host = gpu.allocateHost(BYTES);
    device = gpu.allocate(BYTES);
  }

  /** The size of an upload in the buffer, with alignment. */
  static long room(long bytes) {
    return Grid.ceiling(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /** Whether the buffer has {@link #room} for more bytes. */
  boolean hasRoom(long more) {
    return used + more <= BYTES;
  }

  /** Adds an upload. Returns the address that has the values after {@link #send}. */
  long add(Pointer from, long bytes) {
    start();
    Pointer.memcpy(host.getPointer(used), from, bytes);
    return take(bytes);
  }

  /** Adds an array, as {@link #add(Pointer, long)}. */
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

  /** Copies all uploads to the GPU. */
  void send() {
    long bytes = used;
    used = 0; // even if the copy fails, since no command is run then
    if (bytes > 0) {
      underWay = true;
      gpu.upload(host, device, bytes);
    }
  }

  /** Must be called after the GPU completed all commands. */
  void arrived() {
    underWay = false;
  }
}
