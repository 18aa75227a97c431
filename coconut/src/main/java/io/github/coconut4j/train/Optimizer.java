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
   */
  void update(Map<String, INDArray> gradients, double learningRate);

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
  default void close() {}
}
