package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.kernel.LatentLoopKernel;
import io.github.coconut4j.model.latent.LatentBatch;
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

  private LatentLoopKernel kernel;
  private List<INDArray> geometry;
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
    int[] cells = shape.cellsBeforeLabels();
    LatentBatch batch = shape.trainingBatch();
    geometry =
        List.of(
            batch.getPositionIds(),
            batch.getAttentionMask(),
            batch.getLatentMask(),
            Nd4j.createFromArray(cells));
    embeddings = ShapeState.noise(sizes.getRows(), sizes.columns(), sizes.getWidth());
    embeddingGradient = Nd4j.zerosLike(embeddings);
    parameters = shape.loopParameters();
    gradients = ShapeState.likeEach(parameters);
    hidden = ShapeState.noise(cells.length, sizes.getWidth());
    hiddenGradient = ShapeState.noise(cells.length, sizes.getWidth());
  }

  private static LatentLoopKernel newKernel(TransformerConfig config) {
    return new LatentLoopKernel(
        config.getNLayer(),
        config.getNEmbd(),
        config.getNHead(),
        config.innerSize(),
        config.getLayerNormEpsilon(),
        Precision.FLOAT32);
  }

  /** The passes alone, as for a validation loss. */
  @Benchmark
  public void forward() {
    kernel.forward(geometry, embeddings, parameters, hidden, false);
  }

  /** The passes and every gradient. */
  @Benchmark
  public void forwardAndBackward() {
    kernel.forward(geometry, embeddings, parameters, hidden, true);
    kernel.backward(hiddenGradient, parameters, embeddingGradient, gradients);
  }

  /** Frees native memory and threads. */
  @TearDown
  public void close() {
    kernel.close();
  }
}
