package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.Matrix;

/**
 * The gradient of RMS normalization. With r = 1 / sqrt(mean square + epsilon) of each row and d its
 * length,
 *
 * <pre>
 * dx = r · dy ⊙ scale - x · (Σ dy ⊙ x ⊙ scale) · r³ / d          dscale = Σ over rows r · dy ⊙ x
 * </pre>
 *
 * <p>Sums are computed as products of matrices, the rest elementwise.
 */
final class RmsNormGradient implements AutoCloseable {

  private final Primitives primitives;
  private final Gemm gemm;
  private final NativeFloats products = new NativeFloats();
  private final NativeFloats sums = new NativeFloats();
  private final NativeFloats inverseRoots = new NativeFloats();
  private final FloatAddress pointer = new FloatAddress();
  private float[] scales = {};
  private float[] input = {};
  private float[] gradient = {};

  RmsNormGradient(Primitives primitives, Gemm gemm) {
    this.primitives = primitives;
    this.gemm = gemm;
  }

  /**
   * Computes the gradient.
   *
   * @param x [n, d], like dy and dx without gaps between its rows
   * @param statistics mean squares [1, n]
   * @param dx overwritten; it may be dy
   * @param scaleGradient [1, d], added to
   */
  void run(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix scaleGradient) {
    int width = (int) x.columns();
    if (scales.length < width) {
      scales = new float[width];
      input = new float[width];
      gradient = new float[width];
    }
    pointer.at(scale.address()).get(scales, 0, width);
    Tiles.forEach(
        x.rows(),
        (tile, done) ->
            tile(
                x.rows(done, tile),
                statistics.columns(done, tile),
                scale,
                epsilon,
                dy.rows(done, tile),
                dx.rows(done, tile),
                scaleGradient));
  }

  private void tile(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix scaleGradient) {
    long n = x.rows();
    Matrix product = Matrix.dense(products.require(n * x.columns()), n, x.columns());
    Binary.multiply(primitives, x, dy, product);
    Matrix sum = Matrix.dense(sums.require(n), n, 1);
    gemm.timesTransposed(1, product, scale, 0, sum);
    float[] roots = inverseRoots(statistics, epsilon);
    Matrix weights = Matrix.dense(inverseRoots.require(n), 1, n);
    pointer.at(weights.address()).put(roots, 0, roots.length);
    gemm.times(1, weights, product, 1, scaleGradient);
    float[] dots = new float[roots.length];
    pointer.at(sum.address()).get(dots, 0, dots.length);
    for (int row = 0; row < roots.length; row++) {
      float root = roots[row];
      float share = dots[row] * root * root * root / x.columns();
      writeRow(x.row(row), dy.row(row), root, share, dx.row(row), (int) x.columns());
    }
  }

  private float[] inverseRoots(Matrix statistics, float epsilon) {
    float[] roots = new float[(int) statistics.columns()];
    pointer.at(statistics.address()).get(roots, 0, roots.length);
    for (int i = 0; i < roots.length; i++) {
      roots[i] = (float) (1 / Math.sqrt(roots[i] + epsilon));
    }
    return roots;
  }

  private void writeRow(long x, long dy, float root, float share, long dx, int width) {
    pointer.at(x).get(input, 0, width);
    pointer.at(dy).get(gradient, 0, width);
    for (int i = 0; i < width; i++) {
      gradient[i] = root * gradient[i] * scales[i] - share * input[i];
    }
    pointer.at(dx).put(gradient, 0, width);
  }

  @Override
  public void close() {
    products.close();
    sums.close();
    inverseRoots.close();
  }
}
