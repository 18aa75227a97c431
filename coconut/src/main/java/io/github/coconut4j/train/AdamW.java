package io.github.coconut4j.train;

import java.util.LinkedHashMap;
import java.util.Map;
import lombok.Builder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adam with decoupled weight decay, with PyTorch's defaults and its place of epsilon.
 *
 * <pre>
 * p = p (1 - lr decay)
 * m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g²
 * p = p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * <p>Source: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2. The decay reaches every
 * parameter, biases and norms included, as in the published implementation of Coconut.
 */
public final class AdamW implements Optimizer {

  private static final String FIRST_MOMENT = ".exp_avg";
  private static final String SECOND_MOMENT = ".exp_avg_sq";

  private final Map<String, INDArray> parameters;
  private final Map<String, INDArray> state = new LinkedHashMap<>();
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;
  private int updates;

  /**
   * An optimiser of these parameters.
   *
   * @param parameters live arrays by name
   * @param weightDecay at least 0
   */
  public AdamW(Map<String, INDArray> parameters, double weightDecay) {
    this(parameters, null, null, null, weightDecay);
  }

  @Builder
  private AdamW(
      Map<String, INDArray> parameters,
      Double beta1,
      Double beta2,
      Double epsilon,
      double weightDecay) {
    this.parameters = parameters;
    this.beta1 = beta1 == null ? 0.9 : beta1;
    this.beta2 = beta2 == null ? 0.999 : beta2;
    this.epsilon = epsilon == null ? 1e-8 : epsilon;
    this.weightDecay = weightDecay;
    parameters.forEach(
        (name, parameter) -> {
          state.put(name + FIRST_MOMENT, zerosLike(parameter));
          state.put(name + SECOND_MOMENT, zerosLike(parameter));
        });
  }

  @Override
  public void update(Map<String, INDArray> gradients, double learningRate) {
    gradients.forEach((name, gradient) -> update(name, gradient, learningRate));
    updates++;
  }

  private void update(String name, INDArray gradient, double learningRate) {
    INDArray parameter = parameters.get(name);
    if (weightDecay > 0) {
      parameter.muli(1 - learningRate * weightDecay);
    }
    // ND4J adds epsilon to sqrt(v), PyTorch to sqrt(v / (1 - beta2^t)).
    double scaledEpsilon = epsilon * Math.sqrt(1 - Math.pow(beta2, updates + 1));
    Nd4j.exec(
        new AdamUpdater(
            gradient,
            state.get(name + SECOND_MOMENT),
            state.get(name + FIRST_MOMENT),
            learningRate,
            beta1,
            beta2,
            scaledEpsilon,
            updates));
    parameter.subi(gradient);
  }

  @Override
  public void reset() {
    state.values().forEach(array -> array.assign(0));
    updates = 0;
  }

  @Override
  public int updates() {
    return updates;
  }

  @Override
  public Map<String, INDArray> state() {
    return state;
  }

  @Override
  public void restore(Map<String, INDArray> saved, int updates) {
    OptimizerState.copy(saved, state);
    this.updates = updates;
  }

  private static INDArray zerosLike(INDArray parameter) {
    return Nd4j.zeros(parameter.dataType(), parameter.shape());
  }
}
