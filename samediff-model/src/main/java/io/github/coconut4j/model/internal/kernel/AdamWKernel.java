package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@link FusedAdamW} over ND4J arrays in FLOAT. It serves one caller at a time. */
public final class AdamWKernel implements AutoCloseable {

  private final FusedAdamW adamW = new FusedAdamW(KernelThreads.count());

  /**
   * One parameter and what belongs to it, all of one shape.
   *
   * @param values updated in place
   * @param gradient read alone
   * @param firstMoment updated in place
   * @param secondMoment updated in place
   */
  public record Parameter(
      INDArray values, INDArray gradient, INDArray firstMoment, INDArray secondMoment) {}

  /**
   * Updates all parameters and their moments in one pass through memory.
   *
   * @param step number of this step, from 1
   */
  public void update(
      List<Parameter> parameters,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      int step) {
    List<FusedAdamW.Tensor> tensors = new ArrayList<>();
    for (Parameter parameter : parameters) {
      tensors.add(
          new FusedAdamW.Tensor(
              HostFloats.of(parameter.values()),
              HostFloats.of(parameter.gradient()),
              HostFloats.of(parameter.firstMoment()),
              HostFloats.of(parameter.secondMoment()),
              parameter.values().length(),
              (float) weightDecay));
    }
    adamW.update(
        tensors,
        new FusedAdamW.Step(
            (float) learningRate, (float) beta1, (float) beta2, (float) epsilon, step, 1));
  }

  @Override
  public void close() {
    adamW.close();
  }
}
