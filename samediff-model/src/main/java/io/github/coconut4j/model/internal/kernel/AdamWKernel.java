package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import lombok.Builder;
import lombok.Value;
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

  /** Settings of one step, in the names of the equations; {@code number} counts from 1. */
  @Value
  @Builder
  public static class Step {
    double learningRate;
    double beta1;
    double beta2;
    double epsilon;
    double weightDecay;

    /** What gradients are multiplied with first. */
    double gradientFactor;

    int number;
  }

  /**
   * Updates all parameters and their moments in one pass through memory.
   *
   * @throws IllegalArgumentException if a gradient or moment is not of its parameter's shape
   */
  public void update(List<Parameter> parameters, Step step) {
    List<FusedAdamW.Tensor> tensors = new ArrayList<>();
    for (Parameter parameter : parameters) {
      long[] shape = parameter.values().shape();
      tensors.add(
          new FusedAdamW.Tensor(
              HostFloats.of(parameter.values()),
              HostFloats.of(parameter.gradient(), "a gradient", shape),
              HostFloats.of(parameter.firstMoment(), "a first moment", shape),
              HostFloats.of(parameter.secondMoment(), "a second moment", shape),
              parameter.values().length(),
              (float) step.weightDecay));
    }
    adamW.update(
        tensors,
        new FusedAdamW.Step(
            (float) step.learningRate,
            (float) step.beta1,
            (float) step.beta2,
            (float) step.epsilon,
            step.number,
            (float) step.gradientFactor));
    HostFloats.hold(tensors);
  }

  /** The Euclidean norm of all gradients taken as one vector. */
  public double norm(Collection<INDArray> gradients) {
    List<FusedAdamW.Tensor> tensors =
        gradients.stream()
            .map(
                gradient ->
                    new FusedAdamW.Tensor(
                        null, HostFloats.of(gradient), null, null, gradient.length(), 0))
            .toList();
    double norm = adamW.gradientNorm(tensors);
    HostFloats.hold(tensors);
    return norm;
  }

  @Override
  public void close() {
    adamW.close();
  }
}
