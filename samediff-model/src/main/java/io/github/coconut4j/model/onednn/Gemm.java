package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

import io.github.coconut4j.model.loop.Matrix;

/**
 * Products of matrices of any shape through {@code dnnl_sgemm}, which needs no compilation. One
 * instance per thread.
 */
final class Gemm {

  static {
    OneDnnLibrary.load();
  }

  private static final byte PLAIN = 'N';
  private static final byte TRANSPOSED = 'T';

  private final FloatAddress aPointer = new FloatAddress();
  private final FloatAddress bPointer = new FloatAddress();
  private final FloatAddress cPointer = new FloatAddress();

  /** C = alpha · A · B + beta · C. */
  void times(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    requireShapes(a, b, c, a.rows(), a.columns(), b.rows(), b.columns());
    multiply(PLAIN, PLAIN, a.columns(), alpha, a, b, beta, c);
  }

  /** C = alpha · A · Bᵀ + beta · C. */
  void timesTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    requireShapes(a, b, c, a.rows(), a.columns(), b.columns(), b.rows());
    multiply(PLAIN, TRANSPOSED, a.columns(), alpha, a, b, beta, c);
  }

  /** C = alpha · Aᵀ · B + beta · C. */
  void transposedTimes(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    requireShapes(a, b, c, a.columns(), a.rows(), b.rows(), b.columns());
    multiply(TRANSPOSED, PLAIN, a.rows(), alpha, a, b, beta, c);
  }

  /** Mismatched shapes would read or write other memory. */
  private static void requireShapes(
      Matrix a, Matrix b, Matrix c, long m, long k, long kOfB, long n) {
    if (c.rows() != m
        || c.columns() != n
        || k != kOfB
        || a.bfloat16()
        || b.bfloat16()
        || c.bfloat16()) {
      throw new IllegalArgumentException(
          "A product's factors must fit each other and it in float32, found %s and %s for %s"
              .formatted(a, b, c));
    }
  }

  private void multiply(
      byte formOfA, byte formOfB, long k, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    if (c.rows() == 0 || c.columns() == 0) {
      return;
    }
    if (k == 0) {
      emptyProduct(beta, c);
      return;
    }
    Dnnl.check(
        "sgemm",
        dnnl_sgemm(
            formOfA,
            formOfB,
            c.rows(),
            c.columns(),
            k,
            alpha,
            aPointer.at(a.address()),
            a.stride(),
            bPointer.at(b.address()),
            b.stride(),
            beta,
            cPointer.at(c.address()),
            c.stride()));
  }

  /** oneDNN leaves C unchanged if k = 0. */
  private static void emptyProduct(float beta, Matrix c) {
    if (beta == 0) {
      for (long line = 0; line < c.rows(); line++) {
        Floats.clear(c.rows(line, 1).address(), c.columns());
      }
    }
  }
}
