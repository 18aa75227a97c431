package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.memory.ActivationForecast;
import java.util.Locale;

/**
 * A lower bound of the memory for training, computed from shapes: a run that would not fit is
 * rejected before the first update instead of failing hours later at the longest batch.
 *
 * <p>Legend: B sequences, T time steps.
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
    long activations = ActivationForecast.bytes(architecture, sequences, tokens);
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
}
