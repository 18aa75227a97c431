package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.loop.DeviceLoop;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** All passes and layers of a training batch, from token embeddings to states before the labels. */
@State(Scope.Benchmark)
public class LatentLoopBenchmark extends KernelBenchmark {

  private DeviceLoop kernel;
  private BatchLayout layout;
  private INDArray embeddings;
  private List<INDArray> parameters;
  private INDArray hidden;
  private INDArray hiddenGradient;
  private INDArray embeddingGradient;
  private List<INDArray> gradients;

  /** Makes the kernel and what it reads and writes. */
  @Setup
  public void prepare(ShapeState shape) {
    BenchSizes sizes = shape.sizes();
    kernel = newKernel(shape.config());
    layout = BatchLayout.of(shape.trainingBatch(), shape.positionsBeforeLabels());
    embeddings =
        ShapeState.noise(sizes.getRows(), sizes.columns(), sizes.getTransformer().getNEmbd());
    embeddingGradient = Nd4j.zerosLike(embeddings);
    parameters = shape.loopParameters();
    gradients = ShapeState.likeEach(parameters);
    hidden = ShapeState.noise(layout.queriedCount(), sizes.getTransformer().getNEmbd());
    hiddenGradient = ShapeState.noise(layout.queriedCount(), sizes.getTransformer().getNEmbd());
  }

  private static DeviceLoop newKernel(TransformerConfig config) {
    DeviceBackend backend = (DeviceBackend) Backends.bestFused();
    return new DeviceLoop(config, backend.device(config, Precision.FLOAT32));
  }

  /** Only the forward passes, as for a validation loss. */
  @Benchmark
  public void forward() {
    kernel.forward(layout, embeddings, parameters, hidden, null, null, false);
  }

  /** The passes and every gradient. */
  @Benchmark
  public void forwardAndBackward() {
    kernel.forward(layout, embeddings, parameters, hidden, null, null, true);
    kernel.backward(hiddenGradient, null, parameters, embeddingGradient, gradients);
  }

  /** Frees native memory and threads. */
  @TearDown
  public void close() {
    kernel.close();
  }
}
