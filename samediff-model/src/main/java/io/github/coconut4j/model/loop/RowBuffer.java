package io.github.coconut4j.model.loop;

/**
 * A matrix in a device's memory with one row for each position of a worker's sequences. It only
 * grows, and is reused by later batches.
 */
final class RowBuffer implements AutoCloseable {

  private final DeviceMemory memory;
  private final int width;
  private long address;
  private long origin;
  private long reserved;

  RowBuffer(DeviceMemory memory, int width) {
    this.memory = memory;
    this.width = width;
  }

  /**
   * Makes room for {@code rows} rows. The contents are undefined afterwards if it must grow.
   *
   * @throws OutOfMemoryError if there is not enough memory; the buffer is then empty
   */
  void reserve(long rows) {
    address = 0;
    reserved = 0;
    address = memory.require(Math.multiplyExact(rows, (long) width));
    reserved = rows;
    origin = 0;
  }

  /** Makes the buffer's first row stand for {@code row}, as a window on a longer matrix. */
  void startAt(long row) {
    origin = row;
  }

  /** The rows [from, from + count). */
  Matrix rows(long from, long count) {
    return Matrix.dense(address + (from - origin) * width * Float.BYTES, count, width);
  }

  /** All reserved rows. */
  Matrix all() {
    return rows(origin, reserved);
  }

  @Override
  public void close() {
    memory.close();
    address = 0;
    reserved = 0;
  }
}
