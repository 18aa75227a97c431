package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.Matrix;

/**
 * The memory layout of a batch of matrices: the element [sequence, head, i, j] is at {@code
 * sequence * sequenceStride + head * headStride + i * rowStride + j * elementStride} floats from
 * the start.
 */
record Layout(long sequenceStride, long headStride, long rowStride, long elementStride) {

  /**
   * Layout of a single row-major matrix with {@code rowStride} floats between the starts of its
   * rows.
   */
  static Layout matrix(long rowStride) {
    return new Layout(0, 0, rowStride, 1);
  }

  static Layout of(Matrix matrix) {
    return matrix(matrix.stride());
  }

  /** Layout of row-major matrices, one per sequence and head. */
  static Layout heads(long sequenceStride, long headStride, long rowStride) {
    return new Layout(sequenceStride, headStride, rowStride, 1);
  }

  Layout transposed() {
    return new Layout(sequenceStride, headStride, elementStride, rowStride);
  }
}
