package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.Activation;

/**
 * The operations of layers, on one device and for one thread. A new device implements this, {@link
 * Linear}, {@link Attention}, {@link DeviceMemory} and {@link Device}; passes, blocks, gradients
 * and decoding are shared by all devices.
 *
 * <p>Matrices lie in the device's memory. If several index arrays are given, their entries belong
 * together, and one of them may be null, for 0, 1, 2, …. A target row may occur several times and
 * is then written or added to in order.
 */
public interface LayerOperations extends AutoCloseable {

  /** Makes a piece of the device's memory, empty at first; the caller closes it. */
  DeviceMemory memory();

  /** Announces the passes that attention runs next, to prepare masks and index lists. */
  void start(WorkerLayout layout);

  /** target[targetRows[i]] = source[sourceRows[i]]. */
  void copyRows(Matrix source, int[] sourceRows, Matrix target, int[] targetRows);

  /** sum[sumRows[i]] = a[aRows[i]] + b[bRows[i]]; the sum may be a. */
  void addRows(Matrix a, int[] aRows, Matrix b, int[] bRows, Matrix sum, int[] sumRows);

  /** target = source, both without gaps between their rows. */
  void copy(Matrix source, Matrix target);

  /** Sets a matrix without gaps between its rows to 0. */
  void clear(Matrix matrix);

  /** Sets every value of a matrix without gaps between its rows. */
  void fill(Matrix matrix, float value);

  /** sum = a + b, all without gaps between their rows; the sum may be a. */
  void add(Matrix a, Matrix b, Matrix sum);

  /** x = factor · x, without gaps between its rows. */
  void scale(Matrix x, float factor);

  /**
   * Dropout: y = r + m ⊙ x, with the multipliers m of the rows' mask.
   *
   * @param rows the positions of x's rows; the same object in a pass and its backward pass
   * @param x [n, d] without gaps between its rows
   * @param residual r, in the layout of x, or null for 0
   * @param y in the layout of x, written; may be x or r
   */
  void dropout(MaskedRows rows, Matrix x, Matrix residual, Matrix y);

  /** The linear layers. */
  Linear linear();

  /** Makes the attention of one layer, with its own keys and values; the caller closes it. */
  Attention attention(AttentionShape shape);

  /**
   * y = (x - mean) / sqrt(variance + epsilon) ⊙ scale + shift over each row.
   *
   * @param x [n, d]
   * @param statistics [2, n], written: means, variances
   * @param y [n, d], written
   */
  void layerNorm(Matrix x, Matrix scale, Matrix shift, float epsilon, Matrix statistics, Matrix y);

  /**
   * Writes dx of {@link #layerNorm}, and adds the contributions of the rows to the gradients of
   * scale and shift.
   *
   * @param dx may be dy
   * @param parameterGradients [2, d], added to: of scale, of shift
   */
  void layerNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix parameterGradients);

  /**
   * y = x / sqrt(mean square + epsilon) ⊙ scale over each row.
   *
   * @param x [n, d] without gaps between its rows
   * @param statistics [1, n], written: mean squares
   * @param y [n, d], written
   */
  void rmsNorm(Matrix x, Matrix scale, float epsilon, Matrix statistics, Matrix y);

  /**
   * Writes dx of {@link #rmsNorm}, and adds the contributions of the rows to the gradient of scale.
   *
   * @param dx may be dy
   * @param scaleGradient [1, d], added to
   */
  void rmsNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix scaleGradient);

  /** y = f(x), without gaps between rows; y may be x. */
  void activation(Activation f, Matrix x, Matrix y);

  /** dx = dy ⊙ f'(x); dx may be x or dy. */
  void activationGradient(Activation f, Matrix x, Matrix dy, Matrix dx);

  /** y = f(gate) ⊙ x, without gaps between rows; y may be the gate. */
  void gate(Activation f, Matrix gate, Matrix x, Matrix y);

  /** The gradients of {@link #gate}; they overwrite the gate and x. */
  void gateGradient(Activation f, Matrix gate, Matrix x, Matrix dy);

  /**
   * Rotates the pairs (x[j], x[j + s/2]) of each head of s values by {@code positionId ·
   * frequency[j]}, in place.
   *
   * @param x [n, heads · s]; may be a part of wider rows
   * @param frequencies radians [s/2]; the same array in each call of a model
   * @param positionIds [n], at least 0
   * @param back whether to rotate back, which is the gradient
   */
  void rotate(Matrix x, double[] frequencies, int[] positionIds, boolean back);

  @Override
  void close();
}
