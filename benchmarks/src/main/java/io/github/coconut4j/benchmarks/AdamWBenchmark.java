package io.github.coconut4j.benchmarks;

import io.github.coconut4j.model.internal.kernel.AdamWKernel;
import java.util.Collection;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The optimiser's passes through all parameters. */
@State(Scope.Benchmark)
public class AdamWBenchmark extends KernelBenchmark {

  private static final AdamWKernel.Step STEP =
      AdamWKernel.Step.builder()
          .learningRate(1e-4)
          .beta1(0.9)
          .beta2(0.999)
          .epsilon(1e-8)
          .weightDecay(0.01)
          .gradientFactor(1)
          .number(1)
          .build();

  private AdamWKernel kernel;
  private List<AdamWKernel.Parameter> parameters;
  private Collection<INDArray> gradients;

  /** Makes the kernel, gradients and moments. */
  @Setup
  public void prepare(ShapeState shape) {
    kernel = new AdamWKernel();
    parameters =
        shape.weights().asMap().values().stream()
            .map(
                values ->
                    new AdamWKernel.Parameter(
                        values,
                        ShapeState.noise(values.shape()),
                        Nd4j.zerosLike(values),
                        Nd4j.zerosLike(values)))
            .toList();
    gradients = parameters.stream().map(AdamWKernel.Parameter::gradient).toList();
  }

  /** One update of every parameter. */
  @Benchmark
  public void update() {
    kernel.update(parameters, STEP);
  }

  /** The norm of all gradients, as for clipping. */
  @Benchmark
  public double gradientNorm() {
    return kernel.norm(gradients);
  }

  /** Frees native memory and threads. */
  @TearDown
  public void close() {
    kernel.close();
  }
}
