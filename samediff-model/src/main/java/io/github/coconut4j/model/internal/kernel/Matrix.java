package io.github.coconut4j.model.internal.kernel;

/**
 * Where a row-major float32 matrix, or a part of one, lies outside the Java heap.
 *
 * @param address of its first element
 * @param stride floats from the start of a line to that of the next
 */
record Matrix(long address, long lines, long columns, long stride) {

  /** A matrix whose lines follow each other without gaps. */
  static Matrix dense(long address, long lines, long columns) {
    return new Matrix(address, lines, columns, columns);
  }

  boolean isDense() {
    return stride == columns;
  }

  /** The lines [from, from + count). */
  Matrix lines(long from, long count) {
    return new Matrix(address + from * stride * Float.BYTES, count, columns, stride);
  }

  /** The columns [from, from + count). */
  Matrix columns(long from, long count) {
    return new Matrix(address + from * Float.BYTES, lines, count, stride);
  }
}
