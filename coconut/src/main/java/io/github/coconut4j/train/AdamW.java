package io.github.coconut4j.train;

import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.Nd4jBackend;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.List;
import java.util.Map;
import lombok.Builder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adam with decoupled weight decay, with PyTorch's defaults and its placement of epsilon; {@link
 * OptimizerStep} has the equations.
 *
 * <p>Source: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2. Weight decay applies to every
 * parameter, including biases and norms, as in the published implementation of Coconut.
 */
public final class AdamW extends StatefulOptimizer {

  private static final String FIRST_MOMENT = ".exp_avg";
  private static final String SECOND_MOMENT = ".exp_avg_sq";

  private final Backend backend;
  private final OptimizerStep step;
  private final OptimizerStep.Settings settings;

  /**
   * Makes an optimiser for these parameters that uses ND4J's operations.
   *
   * @param parameters live arrays by name
   * @param weightDecay at least 0
   */
  public AdamW(Map<String, INDArray> parameters, double weightDecay) {
    this(parameters, null, null, null, null, weightDecay);
  }

  @Builder
  private AdamW(
      Map<String, INDArray> parameters,
      Backend backend,
      Double beta1,
      Double beta2,
      Double epsilon,
      double weightDecay) {
    super(parameters);
    requireAtLeast0("A weight decay", weightDecay);
    this.backend = backend == null ? Backends.named(Nd4jBackend.NAME) : backend;
    step = this.backend.optimizerStep();
    settings =
        OptimizerStep.Settings.builder()
            .beta1(beta1 == null ? 0.9 : beta1)
            .beta2(beta2 == null ? 0.999 : beta2)
            .epsilon(epsilon == null ? 1e-8 : epsilon)
            .weightDecay(weightDecay)
            .build();
    parameters.forEach(
        (name, parameter) -> {
          keep(name + FIRST_MOMENT, zerosLike(parameter));
          keep(name + SECOND_MOMENT, zerosLike(parameter));
        });
  }

  /**
   * Makes an optimiser for a model's trained parameters, on the backend that computes the model.
   */
  public static AdamW of(LatentTransformer transformer, double weightDecay) {
    requireGiven("transformer", transformer);
    return builder()
        .parameters(transformer.getWeights().trained())
        .backend(transformer.getBackend())
        .weightDecay(weightDecay)
        .build();
  }

  /** Whether it computes on a backend, whose device may then hold its arrays. */
  boolean isOn(Backend other) {
    return backend == other;
  }

  @Override
  void updateAll(
      Map<String, INDArray> gradients, double learningRate, double gradientFactor, int number) {
    List<OptimizerStep.Parameter<INDArray>> parameters =
        gradients.entrySet().stream()
            .map(
                entry ->
                    new OptimizerStep.Parameter<>(
                        parameter(entry.getKey()),
                        entry.getValue(),
                        kept(entry.getKey() + FIRST_MOMENT),
                        kept(entry.getKey() + SECOND_MOMENT)))
            .toList();
    step.adamW(
        parameters,
        settings
            .withLearningRate(learningRate)
            .withGradientFactor(gradientFactor)
            .withStep(number));
  }

  @Override
  public double gradientNorm(Map<String, INDArray> gradients) {
    requireGiven("gradients", gradients);
    return step.norm(gradients.values());
  }

  @Override
  public void close() {
    step.close();
  }

  private static INDArray zerosLike(INDArray parameter) {
    return Nd4j.zeros(parameter.dataType(), parameter.shape());
  }
}
