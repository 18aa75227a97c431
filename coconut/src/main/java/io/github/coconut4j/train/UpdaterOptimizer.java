package io.github.coconut4j.train;

import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.Nd4jBackend;
import io.github.coconut4j.model.backend.OptimizerStep;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Any updater of ND4J (such as {@code Nesterovs} or {@code AMSGrad}), with decoupled weight decay.
 *
 * <p>The learning rate is the trainer's: the updater's own learning rate or schedule is replaced.
 */
final class UpdaterOptimizer extends StatefulOptimizer {

  private static final String STATE = ".state";

  private final IUpdater updater;
  private final double weightDecay;
  private final Map<String, GradientUpdater<?>> updaters = new LinkedHashMap<>();

  /**
   * Makes an optimiser for these parameters.
   *
   * @param parameters live arrays by name
   * @param weightDecay at least 0
   * @throws IllegalArgumentException if an argument is missing or out of its range, a parameter is
   *     closed, or the updater cannot be instantiated, like ND4J's {@code AdaBelief}
   */
  public UpdaterOptimizer(Map<String, INDArray> parameters, IUpdater updater, double weightDecay) {
    super(parameters);
    requireAtLeast0("A weight decay", weightDecay);
    requireGiven("updater", updater);
    this.updater = updater.clone();
    this.weightDecay = weightDecay;
    parameters.forEach(this::add);
  }

  private void add(String name, INDArray parameter) {
    long size = updater.stateSize(parameter.length());
    INDArray view = size == 0 ? null : Nd4j.zeros(parameter.dataType(), 1, size);
    updaters.put(name, instantiate(view));
    if (view != null) {
      keep(name + STATE, view);
      initialize(name);
    }
  }

  /** Fails for ND4J's {@code AdaBelief}, whose code reads a shape that it has shortened before. */
  private GradientUpdater<?> instantiate(INDArray state) {
    try {
      return updater.instantiate(state, false);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "An updater needs to take over its state, but ND4J's "
              + updater.getClass().getSimpleName()
              + " fails with "
              + e
              + ". Use another one, such as Adam or AMSGrad.",
          e);
    }
  }

  private void initialize(String name) {
    updaters.get(name).setStateViewArray(kept(name + STATE), parameter(name).shape(), 'c', true);
  }

  /** Some updaters, such as {@code AdaGrad}, start with values that are not 0. */
  @Override
  void clearState() {
    super.clearState();
    updaters.keySet().stream().filter(name -> kept(name + STATE) != null).forEach(this::initialize);
  }

  @Override
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

  private void update(String name, INDArray gradient, double learningRate, int step) {
    INDArray parameter = parameter(name);
    GradientUpdater<?> gradientUpdater = updaters.get(name);
    if (gradientUpdater.getConfig().hasLearningRate()) {
      gradientUpdater.getConfig().setLrAndSchedule(learningRate, null);
    }
    parameter.muli(1 - learningRate * weightDecay);
    gradientUpdater.applyUpdater(gradient, step - 1, 0);
    parameter.subi(gradient);
  }

  @Override
  public double gradientNorm(Map<String, INDArray> gradients) {
    requireGiven("gradients", gradients);
    try (OptimizerStep operations = Backends.named(Nd4jBackend.NAME).optimizerStep()) {
      return operations.norm(gradients.values());
    }
  }

  @Override
  public void close() {
    // There is no native memory other than that of the arrays.
  }
}
