package io.github.coconut4j.train;

import java.util.LinkedHashMap;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Notifies listeners of every parameter's update before it is applied, at the cost of two copies of
 * the parameters. The updates are bit-identical to those without listeners.
 */
@RequiredArgsConstructor
final class ListenedOptimizer implements Optimizer {

  private final Optimizer optimizer;

  /** Live arrays by name. */
  private final Map<String, INDArray> parameters;

  private final SameDiffListeners listeners;

  @Override
  public void update(Map<String, INDArray> gradients, double learningRate, double gradientFactor) {
    Map<String, INDArray> before = new LinkedHashMap<>();
    gradients.keySet().forEach(name -> before.put(name, parameters.get(name).dup()));
    optimizer.update(gradients, learningRate, gradientFactor);
    before.forEach((name, old) -> notifyListeners(name, parameters.get(name), old));
  }

  private void notifyListeners(String name, INDArray parameter, INDArray old) {
    try (INDArray moved = parameter.dup();
        INDArray update = old.sub(parameter)) {
      parameter.assign(old);
      listeners.beforeUpdate(name, update);
      parameter.assign(moved);
    } finally {
      old.close();
    }
  }

  @Override
  public double gradientNorm(Map<String, INDArray> gradients) {
    return optimizer.gradientNorm(gradients);
  }

  @Override
  public void reset() {
    optimizer.reset();
  }

  @Override
  public int updates() {
    return optimizer.updates();
  }

  @Override
  public Map<String, INDArray> state() {
    return optimizer.state();
  }

  @Override
  public void restore(Map<String, INDArray> state, int updates) {
    optimizer.restore(state, updates);
  }

  @Override
  public void close() {
    optimizer.close();
  }
}
