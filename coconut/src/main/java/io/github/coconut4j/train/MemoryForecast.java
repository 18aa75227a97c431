package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.Locale;

/**
 * The least memory that training takes, from its shapes alone: what would not fit is refused before
 * the first update instead of failing hours later at the longest batch.
 *
 * <p>Legend: B sequences, T time steps, L layers, D width, I inner width, V vocabulary, P
 * positions.
 */
final class MemoryForecast {

  private static final long FLOAT = Float.BYTES;
  private static final double GIB = 1L << 30;

  private final TrainingConfig config;
  private final TransformerConfig architecture;

  /** Values of the parameters that are trained. */
  private final double trained;

  /** For a run that trains every parameter. */
  MemoryForecast(TrainingConfig config, TransformerConfig architecture) {
    this(config, architecture, ParameterLayout.valueCount(architecture));
  }

  /**
   * For a run.
   *
   * @param trained values of the parameters that are trained, together
   */
  MemoryForecast(TrainingConfig config, TransformerConfig architecture, double trained) {
    this.config = config;
    this.architecture = architecture;
    this.trained = trained;
  }

  /**
   * Refuses a run that cannot fit.
   *
   * @param sequences B, sequences of the largest batch
   * @param tokens T, tokens of the longest sequence, each counted as often as passes compute it, or
   *     0 where it is not known yet
   * @param limit memory that may be used, in bytes
   * @throws ConfigException if less than the forecast
   */
  void requireRoom(int sequences, int tokens, long limit) {
    long state = stateBytes();
    long activations = activationBytes(sequences, tokens);
    if ((double) state + activations > limit) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "Training needs at least %.1f GiB of memory (%.1f GiB for weights, gradients and"
                  + " optimiser, %.1f GiB for %d sequences of up to %d tokens) but may use %.1f"
                  + " GiB.%s Lower `batch_size_training` and raise `gradient_accumulation_steps`, or"
                  + " take a smaller model or more memory.",
              ((double) state + activations) / GIB,
              state / GIB,
              activations / GIB,
              sequences,
              tokens,
              limit / GIB,
              architecture.getLatentIterations() == 0
                  ? ""
                  : " Latents count once more for each of `latent_iterations`."));
    }
  }

  /**
   * Weights, and of those that are trained gradients and AdamW's moments, and what copies of them
   * are kept.
   */
  long stateBytes() {
    long arrays = 3;
    if (config.getGradientAccumulationSteps() > 1) {
      arrays += PairwiseSum.kept(config.getGradientAccumulationSteps());
    }
    if (config.getCheckpointEverySteps() != null || config.getCheckpointEveryMinutes() != null) {
      arrays += 3; // what is being written
    }
    double frozen = Math.max(0, ParameterLayout.valueCount(architecture) - trained);
    double bytes = FLOAT * (1 + arrays) * trained + frozenBytes() * frozen;
    return (long) bytes; // at most the largest long
  }

  /** The least of a value that is not trained; the unrolled loop widens those in bfloat16. */
  private long frozenBytes() {
    boolean narrow =
        config.getWeights() == Precision.BF16 && config.getLoop() != LatentLoops.UNROLLED;
    return narrow ? Short.BYTES : FLOAT;
  }

  /**
   * What a layer keeps of each position for the backward pass: its input and norm (2 D), queries,
   * keys and values, what attention gives, the sum before the feed-forward and its norm (2 D), and
   * the feed-forward before and after its activation (2 I; 3 I where it is gated). The last layer
   * needs the latter at few positions alone.
   */
  long activationBytes(int sequences, int tokens) {
    double positions = (double) sequences * tokens;
    double d = architecture.getNEmbd();
    double queries = architecture.queryWidth();
    double keysAndValues = 2.0 * architecture.keyValueWidth();
    double last = 2 * d + queries + keysAndValues;
    double inner = (architecture.isLlamaFamily() ? 3 : 2) * innerSize();
    double full = last + queries + 2 * d + inner;
    return (long) (FLOAT * positions * ((architecture.getNLayer() - 1) * full + last));
  }

  /** In floating point as all here: sizes that are mistakes must not wrap to small ones. */
  private double innerSize() {
    Integer given = architecture.getNInner();
    return given == null ? 4.0 * architecture.getNEmbd() : given;
  }
}
