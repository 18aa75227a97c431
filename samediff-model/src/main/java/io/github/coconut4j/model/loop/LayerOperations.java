package io.github.coconut4j.model.loop;

/**
 * What layers are made of, on one device and for one thread. A new device implements this, {@link
 * Linear}, {@link Attention}, {@link DeviceMemory} and {@link Device}; passes, blocks, gradients
 * and decoding are then as on every other.
 *
 * <p>Matrices lie in the device's memory. Where several index arrays are given, their entries
 * belong together, and one of them may be null, for 0, 1, 2, …; a row may occur several times in a
 * target, and is then written or added to in order.
 */
public interface LayerOperations extends AutoCloseable {

  /** A piece of the device's memory, empty at first; the caller closes it. */
  DeviceMemory memory();

  /** Announces the passes that attention runs next: to prepare masks and index lists. */
  void start(WorkerLayout layout);

  /** target[targetRows[i]] = source[sourceRows[i]]. */
  void copyRows(Matrix source, int[] sourceRows, Matrix target, int[] targetRows);

  /** sum[sumRows[i]] = a[aRows[i]] + b[bRows[i]]; the sum may be a. */
  void addRows(Matrix a, int[] aRows, Matrix b, int[] bRows, Matrix sum, int[] sumRows);

  /** target = source, both without gaps between their rows. */
  void copy(Matrix source, Matrix target);

  /** Sets a matrix without gaps between its rows to 0. */
  void clear(Matrix matrix);

  /** sum = a + b, all without gaps between their rows; the sum may be a. */
  void add(Matrix a, Matrix b, Matrix sum);

  /** The linear layers. */
  Linear linear();

  /**
   * Attention of one layer, with keys and values of its own; the caller closes it.
   *
   * @param width of queries, keys and values, all heads together
   */
  Attention attention(int width, int heads);

  /**
   * y = (x - mean) / sqrt(variance + epsilon) ⊙ scale + shift over each row.
   *
   * @param x [n, d]
   * @param statistics [2, n], written: means, variances
   * @param y [n, d], written
   */
  void layerNorm(Matrix x, Matrix scale, Matrix shift, float epsilon, Matrix statistics, Matrix y);

  /**
   * dx of {@link #layerNorm}, overwriting, and what the rows add to the gradients of scale and
   * shift.
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

  /** y = gelu(x), GPT-2's tanh approximation, without gaps between rows; y may be x. */
  void gelu(Matrix x, Matrix y);

  /** dx = dy ⊙ gelu'(x); dx may be x or dy. */
  void geluGradient(Matrix x, Matrix dy, Matrix dx);

  @Override
  void close();
}
