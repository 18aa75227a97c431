package io.github.coconut4j.train;

import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.Map;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.Getter;
import lombok.experimental.Accessors;
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
@Accessors(fluent = true)
public class AdamW extends StatefulOptimizer {

  private static final String FIRST_MOMENT = ".exp_avg";
  private static final String SECOND_MOMENT = ".exp_avg_sq";

  @Getter(AccessLevel.PACKAGE)
  private final double beta1;

  @Getter(AccessLevel.PACKAGE)
  private final double beta2;

  @Getter(AccessLevel.PACKAGE)
  private final double epsilon;

  @Getter(AccessLevel.PACKAGE)
  private final double weightDecay;

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
    super(parameters);
    requireAtLeast0("A weight decay", weightDecay);
    this.beta1 = beta1 == null ? 0.9 : beta1;
    this.beta2 = beta2 == null ? 0.999 : beta2;
    this.epsilon = epsilon == null ? 1e-8 : epsilon;
    this.weightDecay = weightDecay;
    parameters.forEach(
        (name, parameter) -> {
          keep(name + FIRST_MOMENT, zerosLike(parameter));
          keep(name + SECOND_MOMENT, zerosLike(parameter));
        });
  }

  /** The fastest AdamW for these parameters: fused where the fused latent loop runs. */
  public static AdamW of(LatentTransformer transformer, double weightDecay) {
    Map<String, INDArray> parameters = transformer.getWeights().asMap();
    return transformer.isFused()
        ? new FusedAdamW(parameters, weightDecay)
        : new AdamW(parameters, weightDecay);
  }

  @Override
  final void update(String name, INDArray gradient, double learningRate, int step) {
    INDArray parameter = parameter(name);
    if (weightDecay > 0) {
      parameter.muli(1 - learningRate * weightDecay);
    }
    // ND4J adds epsilon to sqrt(v), PyTorch to sqrt(v / (1 - beta2^t)).
    double scaledEpsilon = epsilon * Math.sqrt(1 - Math.pow(beta2, step));
    Nd4j.exec(
        new AdamUpdater(
            gradient,
            secondMoment(name),
            firstMoment(name),
            learningRate,
            beta1,
            beta2,
            scaledEpsilon,
            step - 1));
    parameter.subi(gradient);
  }

  final INDArray firstMoment(String name) {
    return kept(name + FIRST_MOMENT);
  }

  final INDArray secondMoment(String name) {
    return kept(name + SECOND_MOMENT);
  }

  private static INDArray zerosLike(INDArray parameter) {
    return Nd4j.zeros(parameter.dataType(), parameter.shape());
  }
}
