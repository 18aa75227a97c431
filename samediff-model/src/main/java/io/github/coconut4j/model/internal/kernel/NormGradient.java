package io.github.coconut4j.model.internal.kernel;

/**
 * The way back through one layer normalisation, and the sums of its scale's and shift's gradients
 * over all passes.
 */
final class NormGradient implements AutoCloseable {

  private final int width;
  private final float epsilon;
  private final Rows rows;
  private final float[] scaleSum;
  private final float[] shiftSum;
  private final NativeFloats tileSums = new NativeFloats();

  NormGradient(int width, float epsilon) {
    this.width = width;
    this.epsilon = epsilon;
    rows = new Rows(width);
    scaleSum = new float[width];
    shiftSum = new float[width];
  }

  /** Forgets the sums of the step before. */
  void start() {
    java.util.Arrays.fill(scaleSum, 0);
    java.util.Arrays.fill(shiftSum, 0);
  }

  /** dX from dY for {@code lines} lines; dX may be dY. */
  void backward(
      Kernels kernels, long lines, long x, long dy, long mean, long variance, long scale, long dx) {
    long sums = tileSums.require(2L * width);
    Tiles.forEach(
        lines,
        (tile, done) -> {
          long offset = done * width * Float.BYTES;
          kernels
              .primitives()
              .get(new LayerNorm.Backward(tile, width, epsilon))
              .bind(0, x + offset)
              .bind(1, dy + offset)
              .bind(2, mean + done * Float.BYTES)
              .bind(3, variance + done * Float.BYTES)
              .bind(4, scale)
              .bind(5, dx + offset)
              .bind(6, sums)
              .bind(7, sums + (long) width * Float.BYTES)
              .execute();
          rows.addTo(scaleSum, 0, sums);
          rows.addTo(shiftSum, 0, sums + (long) width * Float.BYTES);
        });
  }

  /** Adds this gradient's sums to {@code scale} and {@code shift} [width]. */
  void addTo(float[] scale, float[] shift) {
    for (int i = 0; i < width; i++) {
      scale[i] += scaleSum[i];
      shift[i] += shiftSum[i];
    }
  }

  @Override
  public void close() {
    tileSums.close();
  }
}
