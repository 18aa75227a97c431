package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.Matrix;

/**
 * Where the elements of a batch of matrices lie: the element [row, head, i, j] is at {@code row *
 * rowStride + head * headStride + i * lineStride + j * elementStride} floats from the start.
 */
record Layout(long rowStride, long headStride, long lineStride, long elementStride) {

  /** A single row-major matrix with {@code lineStride} floats between the starts of its lines. */
  static Layout matrix(long lineStride) {
    return new Layout(0, 0, lineStride, 1);
  }

  static Layout of(Matrix matrix) {
    return matrix(matrix.stride());
  }

  /** Row-major matrices, one a batch row and head. */
  static Layout heads(long rowStride, long headStride, long lineStride) {
    return new Layout(rowStride, headStride, lineStride, 1);
  }

  Layout transposed() {
    return new Layout(rowStride, headStride, elementStride, lineStride);
  }
}
