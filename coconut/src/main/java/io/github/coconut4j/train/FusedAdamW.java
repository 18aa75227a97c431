package io.github.coconut4j.train;

import io.github.coconut4j.model.internal.kernel.AdamWKernel;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link AdamW} in one pass through memory on all processors, for parameters in FLOAT on the CPU.
 */
final class FusedAdamW extends AdamW {

  private final AdamWKernel kernel = new AdamWKernel();

  FusedAdamW(Map<String, INDArray> parameters, double weightDecay) {
    super(parameters, weightDecay);
  }

  @Override
  void updateAll(
      Map<String, INDArray> gradients, double learningRate, double gradientFactor, int step) {
    List<AdamWKernel.Parameter> parameters =
        gradients.entrySet().stream()
            .map(
                entry ->
                    new AdamWKernel.Parameter(
                        parameter(entry.getKey()),
                        entry.getValue(),
                        firstMoment(entry.getKey()),
                        secondMoment(entry.getKey())))
            .toList();
    kernel.update(
        parameters,
        AdamWKernel.Step.builder()
            .learningRate(learningRate)
            .beta1(beta1())
            .beta2(beta2())
            .epsilon(epsilon())
            .weightDecay(weightDecay())
            .gradientFactor(gradientFactor)
            .number(step)
            .build());
  }

  @Override
  public double gradientNorm(Map<String, INDArray> gradients) {
    return kernel.norm(gradients.values());
  }

  @Override
  public void close() {
    kernel.close();
  }
}
