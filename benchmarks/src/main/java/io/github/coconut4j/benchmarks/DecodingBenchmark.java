package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** One token more for each sequence, with its logits; reading the prompts is not measured. */
@State(Scope.Benchmark)
public class DecodingBenchmark extends KernelBenchmark {

  /** Tokens after each prompt: the fewest that a shape generates. */
  private static final int TOKENS = 8;

  private LatentTransformer model;
  private LatentBatch prompts;
  private Decoder decoder;
  private int[] ids;

  /** Makes the model and what it reads. */
  @Setup
  public void prepare(ShapeState shape) {
    BenchSizes sizes = shape.sizes();
    model = LatentTransformer.create(shape.config(), shape.weights(), LatentLoops.FUSED);
    prompts = shape.prompts();
    ids = new int[sizes.getRows()];
    Arrays.fill(ids, 1);
  }

  /** Reads the prompts with their latents. */
  @Setup(Level.Invocation)
  public void readPrompts() {
    decoder = model.decoder(prompts, TOKENS);
  }

  /** One token, after some that came before. */
  @Benchmark
  @OperationsPerInvocation(TOKENS)
  public void token(Blackhole result) {
    for (int i = 0; i < TOKENS; i++) {
      decoder.advance(ids);
      result.consume(decoder.logits());
    }
  }

  /** Gives the decoder's buffers back. */
  @TearDown(Level.Invocation)
  public void closeDecoder() {
    decoder.close();
  }

  /** Frees native memory and threads. */
  @TearDown
  public void close() {
    model.close();
  }
}
