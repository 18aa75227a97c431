package io.github.coconut4j.benchmarks;

import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.OptimizerStep;
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

  private static final OptimizerStep.Settings STEP =
      OptimizerStep.Settings.builder().learningRate(1e-4).weightDecay(0.01).step(1).build();

  private OptimizerStep kernel;
  private List<OptimizerStep.Parameter<INDArray>> parameters;
  private Collection<INDArray> gradients;

  /** Makes the kernel, gradients and moments. */
  @Setup
  public void prepare(ShapeState shape) {
    kernel = Backends.bestFused().optimizerStep();
    parameters =
        shape.weights().asMap().values().stream()
            .map(
                values ->
                    new OptimizerStep.Parameter<>(
                        values,
                        ShapeState.noise(values.shape()),
                        Nd4j.zerosLike(values),
                        Nd4j.zerosLike(values)))
            .toList();
    gradients = parameters.stream().map(OptimizerStep.Parameter::gradient).toList();
  }

  /** One update of every parameter. */
  @Benchmark
  public void update() {
    kernel.adamW(parameters, STEP);
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
