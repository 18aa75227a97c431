package io.github.coconut4j.train;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Moves parameters along their gradients, in place. Belongs to one thread. */
public interface Optimizer extends AutoCloseable {

  /**
   * One update of every parameter that has a gradient.
   *
   * @param gradients by parameter name, each of its parameter's shape; their content is used up
   * @param learningRate at least 0
   * @param gradientFactor what gradients are multiplied with first, below 1 to clip them
   * @throws IllegalArgumentException if gradients are null, closed or not of their parameters'
   *     types and shapes, or a number is out of its range
   */
  void update(Map<String, INDArray> gradients, double learningRate, double gradientFactor);

  /** One update with the gradients as they are. */
  default void update(Map<String, INDArray> gradients, double learningRate) {
    update(gradients, learningRate, 1);
  }

  /** The Euclidean norm of all gradients taken as one vector. */
  double gradientNorm(Map<String, INDArray> gradients);

  /** Forgets everything learned from past gradients. */
  void reset();

  /** Number of updates since the last reset. */
  int updates();

  /** Live arrays that an exact resume needs, by a name that starts with the parameter's. */
  Map<String, INDArray> state();

  /**
   * Takes over a state that {@link #state()} gave.
   *
   * @param updates number of updates since the last reset at that moment
   * @throws IllegalArgumentException if an array is missing or of another shape
   */
  void restore(Map<String, INDArray> state, int updates);

  /** Frees threads and native memory, if it holds any. */
  @Override
  void close();
}
