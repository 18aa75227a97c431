package io.github.coconut4j.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Any updater of ND4J (such as {@code Nesterovs} or {@code AMSGrad}), with decoupled weight decay.
 *
 * <p>The learning rate is the trainer's: one that the updater carries, or its schedule, is
 * replaced.
 */
public final class UpdaterOptimizer implements Optimizer {

  private final Map<String, INDArray> parameters;
  private final IUpdater updater;
  private final double weightDecay;
  private final Map<String, GradientUpdater<?>> updaters = new LinkedHashMap<>();
  private final Map<String, INDArray> state = new LinkedHashMap<>();
  private int updates;

  /**
   * An optimiser of these parameters.
   *
   * @param parameters live arrays by name
   * @param weightDecay at least 0
   */
  public UpdaterOptimizer(Map<String, INDArray> parameters, IUpdater updater, double weightDecay) {
    this.parameters = parameters;
    this.updater = updater.clone();
    this.weightDecay = weightDecay;
    parameters.forEach(this::add);
  }

  private void add(String name, INDArray parameter) {
    long size = updater.stateSize(parameter.length());
    INDArray view = size == 0 ? null : Nd4j.zeros(parameter.dataType(), 1, size);
    GradientUpdater<?> gradientUpdater = updater.instantiate(view, false);
    if (view != null) {
      gradientUpdater.setStateViewArray(view, parameter.shape(), 'c', true);
      state.put(name + ".state", view);
    }
    updaters.put(name, gradientUpdater);
  }

  @Override
  public void update(Map<String, INDArray> gradients, double learningRate, double gradientFactor) {
    gradients.forEach(
        (name, gradient) -> {
          if (gradientFactor != 1) {
            gradient.muli(gradientFactor);
          }
          INDArray parameter = parameters.get(name);
          GradientUpdater<?> gradientUpdater = updaters.get(name);
          if (gradientUpdater.getConfig().hasLearningRate()) {
            gradientUpdater.getConfig().setLrAndSchedule(learningRate, null);
          }
          parameter.muli(1 - learningRate * weightDecay);
          gradientUpdater.applyUpdater(gradient, updates, 0);
          parameter.subi(gradient);
        });
    updates++;
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
}
