package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.kernel.DecodingKernel;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** One token more for each row, with its logits; the prompts are read outside the measurement. */
@State(Scope.Benchmark)
public class DecodingBenchmark extends KernelBenchmark {

  /** Tokens after each prompt: the fewest that a shape generates. */
  private static final int TOKENS = 8;

  private DecodingKernel kernel;
  private List<INDArray> geometry;
  private List<INDArray> parameters;
  private int[] ids;
  private int firstPosition;

  /** Makes the kernel and what it reads. */
  @Setup
  public void prepare(ShapeState shape) {
    BenchSizes sizes = shape.sizes();
    kernel = newKernel(shape.config(), shape.tokenTable());
    LatentBatch prompts = shape.prompts();
    geometry =
        List.of(
            prompts.getInputIds(),
            prompts.getPositionIds(),
            prompts.getAttentionMask(),
            prompts.getLatentMask());
    parameters = shape.loopParameters();
    ids = new int[sizes.getRows()];
    Arrays.fill(ids, 1);
    firstPosition = sizes.promptColumns();
  }

  private static DecodingKernel newKernel(TransformerConfig config, INDArray tokenTable) {
    return new DecodingKernel(
        config.getNLayer(),
        config.getNHead(),
        config.innerSize(),
        config.getLayerNormEpsilon(),
        tokenTable);
  }

  /** Reads the prompts with their latents. */
  @Setup(Level.Invocation)
  public void readPrompts() {
    kernel.start(geometry, parameters, TOKENS);
  }

  /** One token, after some that came before. */
  @Benchmark
  @OperationsPerInvocation(TOKENS)
  public void token(Blackhole result) {
    int[] positions = new int[ids.length];
    for (int i = 0; i < TOKENS; i++) {
      Arrays.fill(positions, firstPosition + i);
      kernel.advance(ids, positions);
      result.consume(kernel.logits());
    }
  }

  /** Frees native memory and threads. */
  @TearDown
  public void close() {
    kernel.close();
  }
}
