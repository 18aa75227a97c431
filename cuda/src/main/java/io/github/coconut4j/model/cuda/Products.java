package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Matrix;

/** Products of matrices on the GPU. */
interface Products extends AutoCloseable {

  /**
   * c = a · b, plus a bias in each row, plus an addend.
   *
   * @param a [m, k]; of the same type as b
   * @param b [k, n]
   * @param bias [1, n], or null
   * @param addend [m, n], or null; may be c
   * @param c [m, n], written
   */
  void multiply(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c);

  @Override
  void close();
}
