package io.github.coconut4j.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What every optimiser keeps: its parameters, the arrays that it learns, a count of updates. */
abstract class StatefulOptimizer implements Optimizer {

  private final Map<String, INDArray> parameters;
  private final Map<String, INDArray> state = new LinkedHashMap<>();
  private int updates;

  StatefulOptimizer(Map<String, INDArray> parameters) {
    this.parameters = parameters;
  }

  /** Remembers an array that holds {@link #clearState()}'s values before the first update. */
  final void keep(String name, INDArray array) {
    state.put(name, array);
  }

  /** Gives the kept arrays the values that they have before the first update. */
  void clearState() {
    state.values().forEach(array -> array.assign(0));
  }

  final INDArray parameter(String name) {
    return parameters.get(name);
  }

  final INDArray kept(String name) {
    return state.get(name);
  }

  @Override
  public final void update(
      Map<String, INDArray> gradients, double learningRate, double gradientFactor) {
    updateAll(gradients, learningRate, gradientFactor, updates + 1);
    updates++;
  }

  /** One update of every parameter that has a gradient; {@code step} counts from 1. */
  void updateAll(
      Map<String, INDArray> gradients, double learningRate, double gradientFactor, int step) {
    gradients.forEach(
        (name, gradient) -> {
          if (gradientFactor != 1) {
            gradient.muli(gradientFactor);
          }
          update(name, gradient, learningRate, step);
        });
  }

  /** One update of one parameter; {@code step} counts from 1. */
  abstract void update(String name, INDArray gradient, double learningRate, int step);

  @Override
  public final void reset() {
    clearState();
    updates = 0;
  }

  @Override
  public final int updates() {
    return updates;
  }

  @Override
  public final Map<String, INDArray> state() {
    return state;
  }

  @Override
  public final void restore(Map<String, INDArray> saved, int updatesSinceReset) {
    OptimizerState.copy(saved, state);
    updates = updatesSinceReset;
  }
}
