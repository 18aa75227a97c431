package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Matrix;

/**
 * A factor of a product.
 *
 * @param matrix the matrix in memory
 * @param transposed whether the factor is its transpose
 */
record Operand(Matrix matrix, boolean transposed) {

  static Operand of(Matrix matrix) {
    return new Operand(matrix, false);
  }

  static Operand transposed(Matrix matrix) {
    return new Operand(matrix, true);
  }

  long rows() {
    return transposed ? matrix.columns() : matrix.rows();
  }

  long columns() {
    return transposed ? matrix.rows() : matrix.columns();
  }
}
