package io.github.coconut4j.train;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Updates parameters in place from their gradients. Belongs to one thread. */
interface Optimizer extends AutoCloseable {

  /**
   * Updates every parameter that has a gradient.
   *
   * @param gradients gradients by parameter name, each in the shape of its parameter; their content
   *     may be overwritten
   * @param learningRate at least 0
   * @param gradientFactor factor that is applied to gradients first, below 1 for clipping
   * @throws IllegalArgumentException if gradients are null, closed or of other types or shapes than
   *     their parameters, or a number is out of range
   */
  void update(Map<String, INDArray> gradients, double learningRate, double gradientFactor);

  /** Updates with unscaled gradients. */
  default void update(Map<String, INDArray> gradients, double learningRate) {
    update(gradients, learningRate, 1);
  }

  /** The Euclidean norm of all gradients as one vector. */
  double gradientNorm(Map<String, INDArray> gradients);

  /** Resets all state from past gradients. */
  void reset();

  /** Number of updates since the last reset. */
  int updates();

  /** Live arrays that an exact resume needs, by names that start with the parameter's name. */
  Map<String, INDArray> state();

  /**
   * Restores a state from {@link #state()}.
   *
   * @param updates number of updates since the last reset at that moment
   * @throws IllegalArgumentException if an array is missing or of another shape
   */
  void restore(Map<String, INDArray> state, int updates);

  /** Frees threads and native memory, if there are any. */
  @Override
  void close();
}
