package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.StepSize;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.Collections;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import lombok.RequiredArgsConstructor;

/**
 * Predicts the GPU memory of a run's largest step. A run that does not fit is rejected before its
 * first update.
 */
@RequiredArgsConstructor
final class DeviceForecast {

  private static final double GIB = 1L << 30;

  /** The forecast is accurate to within a tenth; a run that might fit is attempted. */
  private static final double TOLERANCE = 1.1;

  private final TrainingConfig config;
  private final LatentTransformer transformer;

  /** Names of the parameters that are trained. */
  private final Set<String> trained;

  private Backend backend() {
    return transformer.getBackend();
  }

  /** Whether the backend has its own memory. */
  boolean isOfItsOwn() {
    return backend().freeMemory().isPresent();
  }

  /**
   * Rejects a run that cannot fit.
   *
   * @param sequences number of sequences of the largest batch
   * @param longest longest of its sequences
   * @throws ConfigException if the device has less free memory than the step needs
   */
  void requireRoom(int sequences, TokenSequence longest) {
    OptionalLong free = backend().freeMemory();
    if (free.isEmpty()) {
      return;
    }
    StepSize step = step(sequences, longest);
    double needed = backend().trainingMemory(step).orElse(0);
    if (needed > TOLERANCE * free.getAsLong()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "Training needs about %.2f GiB of the memory of %s for weights, gradients, optimiser"
                  + " and %d sequences of up to %d tokens, but %.2f GiB are free. Lower"
                  + " `batch_size_training` and raise `gradient_accumulation_steps`, end other"
                  + " programs on it, or take `device: cpu`.",
              needed / GIB,
              backend().deviceDescription(),
              sequences,
              step.batch().steps(),
              free.getAsLong() / GIB));
    }
  }

  private StepSize step(int sequences, TokenSequence longest) {
    SequenceBatcher batcher = new SequenceBatcher(longest.getTokens()[0]);
    LatentBatch batch = LatentBatch.of(batcher.batch(Collections.nCopies(sequences, longest)));
    TransformerConfig architecture = transformer.getConfig();
    DropoutRates rates = config.dropoutRates(architecture);
    Dropout dropout = rates.isNone() ? null : new Dropout(rates, config.getSeed(), 0);
    return new StepSize(
        architecture,
        config.getPrecision(),
        batch,
        trained,
        transformer.getWeights().bfloat16Names(),
        dropout);
  }
}
