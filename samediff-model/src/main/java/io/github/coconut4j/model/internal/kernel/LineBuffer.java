package io.github.coconut4j.model.internal.kernel;

/** A native matrix whose lines are cells. It only grows. */
final class LineBuffer implements AutoCloseable {

  private final NativeFloats floats = new NativeFloats();
  private final int width;
  private long address;
  private long origin;

  LineBuffer(int width) {
    this.width = width;
  }

  /**
   * Makes room for {@code lines} lines. The contents are undefined afterwards if it must grow.
   *
   * @throws OutOfMemoryError if there is no room; the buffer is empty then
   */
  void reserve(long lines) {
    address = 0;
    address = floats.require(Math.multiplyExact(lines, (long) width));
    origin = 0;
  }

  /** Lets the buffer's first line stand for {@code line}: a window on a longer matrix. */
  void startAt(long line) {
    origin = line;
  }

  long at(long line) {
    return address + (line - origin) * width * Float.BYTES;
  }

  /** As many lines from one on. */
  Matrix lines(long from, long count) {
    return Matrix.dense(at(from), count, width);
  }

  int width() {
    return width;
  }

  /** Lines with {@code columns} of which the caller reads or writes from {@code firstColumn}. */
  CausalAttention.Lines from(int firstColumn) {
    return new CausalAttention.Lines(at(0) + (long) firstColumn * Float.BYTES, width);
  }

  void clear(long fromLine, long toLine) {
    if (toLine > fromLine) {
      Floats.clear(at(fromLine), (toLine - fromLine) * width);
    }
  }

  @Override
  public void close() {
    floats.close();
    address = 0;
  }
}
