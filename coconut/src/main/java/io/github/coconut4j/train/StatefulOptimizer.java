package io.github.coconut4j.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The common state of optimisers: parameters, state arrays, and the number of updates. */
abstract class StatefulOptimizer implements Optimizer {

  private final Map<String, INDArray> parameters;
  private final Map<String, INDArray> state = new LinkedHashMap<>();
  private int updates;

  StatefulOptimizer(Map<String, INDArray> parameters) {
    requireGiven("parameters", parameters);
    parameters.forEach(StatefulOptimizer::requireParameter);
    this.parameters = parameters;
  }

  /**
   * Registers a state array, which has the values of {@link #clearState()} before the first update.
   */
  final void keep(String name, INDArray array) {
    state.put(name, array);
  }

  /** Sets the state arrays to their values before the first update. */
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
    requireAtLeast0("A learning rate", learningRate);
    requireAtLeast0("A gradient's factor", gradientFactor);
    requireGiven("gradients", gradients);
    gradients.forEach(this::requireGradient);
    updateAll(gradients, learningRate, gradientFactor, updates + 1);
    updates++;
  }

  static void requireAtLeast0(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          name + " needs to be a finite number of at least 0 but is " + value + ". Change it.");
    }
  }

  static void requireGiven(String name, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "An optimiser's " + name + " must be given but is null. Pass the model's.");
    }
  }

  private static void requireParameter(String name, INDArray parameter) {
    if (parameter == null || parameter.wasClosed()) {
      throw new IllegalArgumentException(
          "An optimiser's parameters need to be open arrays but "
              + name
              + " is "
              + described(parameter)
              + ". Pass the weights of a model that is in use.");
    }
  }

  /** Native code would read an array of another shape as if it had the parameter's. */
  private void requireGradient(String name, INDArray gradient) {
    INDArray parameter = parameters.get(name);
    if (parameter == null
        || gradient == null
        || gradient.wasClosed()
        || gradient.dataType() != parameter.dataType()
        || !Arrays.equals(gradient.shape(), parameter.shape())) {
      throw new IllegalArgumentException(
          "A gradient needs to be an open array of its parameter's type and shape, but for "
              + name
              + ", "
              + described(parameter)
              + ", it is "
              + described(gradient)
              + ". Pass the gradients of this model.");
    }
  }

  private static String described(INDArray array) {
    if (array == null) {
      return "none";
    }
    return array.wasClosed()
        ? "an array that was closed"
        : array.dataType() + " " + Arrays.toString(array.shape());
  }

  /** Updates every parameter that has a gradient; {@code step} counts from 1. */
  abstract void updateAll(
      Map<String, INDArray> gradients, double learningRate, double gradientFactor, int step);

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
    requireAtLeast0("A number of updates", updatesSinceReset);
    requireGiven("state", saved);
    SavedArrays.copy("The optimiser's state", saved, state);
    updates = updatesSinceReset;
  }
}
