package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

/**
 * Matrix products of any shape on strided row-major matrices through {@code dnnl_sgemm}, which
 * needs nothing compiled beforehand. {@code ld…} is the distance between lines in floats. One
 * instance a thread.
 */
final class Gemm {

  private static final byte PLAIN = 'N';
  private static final byte TRANSPOSED = 'T';

  private final FloatAddress aPointer = new FloatAddress();
  private final FloatAddress bPointer = new FloatAddress();
  private final FloatAddress cPointer = new FloatAddress();

  /** C[m, n] = A[m, k] · B[k, n] + beta · C. */
  void plain(
      long m, long n, long k, long a, long lda, long b, long ldb, float beta, long c, long ldc) {
    multiply(PLAIN, PLAIN, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
  }

  /** C[m, n] = A[m, k] · B[n, k]ᵀ + beta · C. */
  void timesTransposed(
      long m, long n, long k, long a, long lda, long b, long ldb, float beta, long c, long ldc) {
    multiply(PLAIN, TRANSPOSED, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
  }

  /** C[m, n] = A[k, m]ᵀ · B[k, n] + beta · C. */
  void transposedTimes(
      long m, long n, long k, long a, long lda, long b, long ldb, float beta, long c, long ldc) {
    multiply(TRANSPOSED, PLAIN, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
  }

  /** C[m, n] = alpha · A[m, k] · B[k, n] + beta · C. */
  void scaledPlain(
      long m,
      long n,
      long k,
      float alpha,
      long a,
      long lda,
      long b,
      long ldb,
      float beta,
      long c,
      long ldc) {
    multiply(PLAIN, PLAIN, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }

  /** C[m, n] = alpha · A[k, m]ᵀ · B[k, n] + beta · C. */
  void scaledTransposedTimes(
      long m,
      long n,
      long k,
      float alpha,
      long a,
      long lda,
      long b,
      long ldb,
      float beta,
      long c,
      long ldc) {
    multiply(TRANSPOSED, PLAIN, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }

  private void multiply(
      byte transposeA,
      byte transposeB,
      long m,
      long n,
      long k,
      float alpha,
      long a,
      long lda,
      long b,
      long ldb,
      float beta,
      long c,
      long ldc) {
    if (m == 0 || n == 0) {
      return;
    }
    if (k == 0) {
      emptyProduct(m, n, beta, c, ldc);
      return;
    }
    Dnnl.check(
        "sgemm",
        dnnl_sgemm(
            transposeA,
            transposeB,
            m,
            n,
            k,
            alpha,
            aPointer.at(a),
            lda,
            bPointer.at(b),
            ldb,
            beta,
            cPointer.at(c),
            ldc));
  }

  /** oneDNN leaves C as it was when k = 0. */
  private static void emptyProduct(long m, long n, float beta, long c, long ldc) {
    if (beta == 0) {
      for (long line = 0; line < m; line++) {
        Floats.clear(c + line * ldc * Float.BYTES, n);
      }
    }
  }
}
