package io.github.coconut4j.model.internal.kernel;

import java.util.Arrays;
import java.util.List;

/**
 * A layer normalisation of the positions of one slice of sequences, and its gradients:
 *
 * <pre>
 * y = (x - mean) / sqrt(variance + epsilon) ⊙ scale + shift, mean and variance over a row
 * dx as autograd has it, dscale = Σ dy ⊙ (x - mean) / sqrt(variance + epsilon), dshift = Σ dy
 * </pre>
 *
 * <p>Shapes: x and y [n, d], scale and shift [d].
 */
final class Norm implements AutoCloseable {

  private final Kernels kernels;
  private final int width;
  private final float epsilon;
  private final LineBuffer mean = new LineBuffer(1);
  private final LineBuffer variance = new LineBuffer(1);
  private final Rows rows;
  private final float[] scaleGradient;
  private final float[] shiftGradient;
  private final NativeFloats tileGradients = new NativeFloats();

  Norm(TransformerShape shape, Kernels kernels) {
    this.kernels = kernels;
    width = shape.width();
    epsilon = shape.epsilon();
    rows = new Rows(width);
    scaleGradient = new float[width];
    shiftGradient = new float[width];
  }

  /**
   * Addresses of scale and shift [d], or of their gradients.
   *
   * @param scale Hugging Face's weight
   * @param shift Hugging Face's bias
   */
  record Parameters(long scale, long shift) {}

  /** Makes room for the statistics of so many rows. */
  void reserve(long count) {
    mean.reserve(count);
    variance.reserve(count);
  }

  /** Lets the statistics begin at a row. */
  void startAt(long row) {
    mean.startAt(row);
    variance.startAt(row);
  }

  /** y of rows [from, from + n) of {@code x}, whose statistics are kept. */
  void forward(long from, long n, LineBuffer x, Parameters parameters, LineBuffer y) {
    Tiles.forEach(
        n,
        (tile, done) -> {
          long row = from + done;
          kernels
              .primitives()
              .get(new LayerNorm.Forward(tile, width, epsilon))
              .bind(0, x.at(row))
              .bind(1, y.at(row))
              .bind(2, mean.at(row))
              .bind(3, variance.at(row))
              .bind(4, parameters.scale())
              .bind(5, parameters.shift())
              .execute();
        });
  }

  /** Forgets the sums of the step before. */
  void startGradients() {
    Arrays.fill(scaleGradient, 0);
    Arrays.fill(shiftGradient, 0);
  }

  /**
   * dx of rows [from, from + n) of {@code x}, and their part of the parameters' gradients.
   *
   * @param dy address of dy [n, d]
   * @param dx address of dx [n, d], overwritten; it may be dy's
   */
  void backward(long from, long n, LineBuffer x, Parameters parameters, long dy, long dx) {
    long sums = tileGradients.require(2L * width);
    long shiftSums = sums + (long) width * Float.BYTES;
    Tiles.forEach(
        n,
        (tile, done) -> {
          long offset = done * width * Float.BYTES;
          kernels
              .primitives()
              .get(new LayerNorm.Backward(tile, width, epsilon))
              .bind(0, x.at(from + done))
              .bind(1, dy + offset)
              .bind(2, mean.at(from + done))
              .bind(3, variance.at(from + done))
              .bind(4, parameters.scale())
              .bind(5, dx + offset)
              .bind(6, sums)
              .bind(7, shiftSums)
              .execute();
          rows.addTo(scaleGradient, 0, sums);
          rows.addTo(shiftGradient, 0, shiftSums);
        });
  }

  /** Writes the parameters' gradients, summed up over all slices. */
  static void parameterGradients(List<Norm> slices, Parameters gradients) {
    int width = slices.get(0).width;
    float[] scale = new float[width];
    float[] shift = new float[width];
    for (Norm slice : slices) {
      for (int i = 0; i < width; i++) {
        scale[i] += slice.scaleGradient[i];
        shift[i] += slice.shiftGradient[i];
      }
    }
    FloatAddress pointer = new FloatAddress();
    pointer.at(gradients.scale()).put(scale, 0, width);
    pointer.at(gradients.shift()).put(shift, 0, width);
  }

  @Override
  public void close() {
    mean.close();
    variance.close();
    tileGradients.close();
  }
}
