package io.github.coconut4j.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * Where a run stands. Together with the weights and the optimiser's arrays it is all that the next
 * update depends on: everything random is drawn from the seed, the epoch and the stage.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class TrainingState {

  /** Updates done. */
  int step;

  /** Passes over the training problems done, those of the schedule that were skipped included. */
  int epoch;

  /** Batches of the current pass that are done. */
  int batch;

  /** Stage of the current pass, or -1 before the first. */
  @Builder.Default int stage = -1;

  /** Updates of the optimiser since it was last reset. */
  int optimizerUpdates;

  /** Best accuracy of an evaluation so far, or -1. */
  @Builder.Default double bestAccuracy = -1;

  /** The state before the first update. */
  static TrainingState start(int skippedEpochs) {
    return builder().epoch(skippedEpochs).build();
  }

  TrainingState afterUpdate(int batches, int updatesSinceReset) {
    return toBuilder()
        .step(step + 1)
        .batch(batch + batches)
        .optimizerUpdates(updatesSinceReset)
        .build();
  }

  TrainingState afterPass() {
    return toBuilder().epoch(epoch + 1).batch(0).build();
  }

  TrainingState inStage(int newStage, int updatesSinceReset) {
    return toBuilder().stage(newStage).optimizerUpdates(updatesSinceReset).build();
  }
}
