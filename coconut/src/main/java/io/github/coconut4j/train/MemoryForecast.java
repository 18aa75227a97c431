package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.Locale;

/**
 * A lower bound of the memory for training, computed from shapes: a run that would not fit is
 * rejected before the first update instead of failing hours later at the longest batch.
 *
 * <p>Legend: B sequences, T time steps, L layers, D width, I inner width, V vocabulary, P
 * positions.
 */
final class MemoryForecast {

  private static final long FLOAT = Float.BYTES;
  private static final double GIB = 1L << 30;

  private final TrainingConfig config;
  private final TransformerConfig architecture;

  /** Number of values of the trained parameters. */
  private final double trained;

  /** Makes a forecast for a run that trains every parameter. */
  MemoryForecast(TrainingConfig config, TransformerConfig architecture) {
    this(config, architecture, ParameterLayout.valueCount(architecture));
  }

  /**
   * Makes a forecast for a run.
   *
   * @param trained total number of values of the trained parameters
   */
  MemoryForecast(TrainingConfig config, TransformerConfig architecture, double trained) {
    this.config = config;
    this.architecture = architecture;
    this.trained = trained;
  }

  /**
   * Rejects a run that cannot fit.
   *
   * @param sequences B, number of sequences of the largest batch
   * @param tokens T, number of tokens of the longest sequence, each counted as often as passes
   *     compute it, or 0 if not known yet
   * @param limit memory that may be used, in bytes
   * @throws ConfigException if it is less than the forecast
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
                  + " GiB.%s Lower %s`batch_size_training` and raise `gradient_accumulation_steps`,"
                  + " or take a smaller model or more memory.",
              ((double) state + activations) / GIB,
              state / GIB,
              activations / GIB,
              sequences,
              tokens,
              limit / GIB,
              architecture.getLatentIterations() == 0
                  ? ""
                  : " Latents count once more for each of `latent_iterations`.",
              config.getLora() == null ? "" : "`lora.r`, or "));
    }
  }

  /** Weights; gradients and AdamW's moments of trained ones; and their copies. */
  long stateBytes() {
    long arrays = 3;
    if (config.getGradientAccumulationSteps() > 1) {
      arrays += PairwiseSum.kept(config.getGradientAccumulationSteps());
    }
    if (config.getCheckpointEverySteps() != null || config.getCheckpointEveryMinutes() != null) {
      arrays += 3; // the copies that are being written
    }
    double frozen = Math.max(0, ParameterLayout.valueCount(architecture) - trained);
    double bytes = FLOAT * (1 + arrays) * trained + frozenBytes() * frozen;
    return (long) bytes; // at most the largest long
  }

  /** Smallest size of frozen values; the unrolled loop converts bfloat16 to float. */
  private long frozenBytes() {
    boolean narrow =
        config.getWeights() == Precision.BF16 && config.getLoop() != LatentLoops.UNROLLED;
    return narrow ? Short.BYTES : FLOAT;
  }

  /**
   * Activations that a layer stores per position for the backward pass: its input and norm (2 D),
   * queries, keys and values, attention's output, the sum before the feed-forward and its norm (2
   * D), and the feed-forward before and after its activation (2 I; 3 I if gated). The last layer
   * needs the latter only at a few positions. An adapter stores x Aᵀ, as many values as its rank.
   */
  long activationBytes(int sequences, int tokens) {
    double positions = (double) sequences * tokens;
    double d = architecture.getNEmbd();
    double queries = architecture.queryWidth();
    double keysAndValues = 2.0 * architecture.keyValueWidth();
    double last = 2 * d + queries + keysAndValues;
    double inner = (architecture.isLlamaFamily() ? 3 : 2) * innerSize();
    double full = last + queries + 2 * d + inner;
    double values = (architecture.getNLayer() - 1) * full + last + ranks();
    return (long) (FLOAT * positions * values);
  }

  /** Sum of the adapters' ranks in all layers but the last. */
  private double ranks() {
    if (architecture.getLora() == null) {
      return 0;
    }
    return ParameterLayout.of(architecture).parameters().stream()
        .filter(each -> each.kind() == Kind.LORA_A && each.layer() < architecture.getNLayer() - 1)
        .mapToDouble(each -> each.shape()[0])
        .sum();
  }

  /**
   * In floating point, like everything here, so that mistaken sizes do not overflow to small ones.
   */
  private double innerSize() {
    Integer given = architecture.getNInner();
    return given == null ? 4.0 * architecture.getNEmbd() : given;
  }
}
