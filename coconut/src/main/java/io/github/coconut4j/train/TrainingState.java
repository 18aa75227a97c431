package io.github.coconut4j.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.Value;
import lombok.With;
import lombok.extern.jackson.Jacksonized;

/**
 * Where a run stands. Together with the weights and the optimiser's arrays it is all that the next
 * update depends on: everything random is drawn from the seed, the epoch and the stage.
 */
@Value
@With(AccessLevel.PACKAGE)
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class TrainingState {

  /** Updates done. */
  int step;

  /** Epochs done, those of the schedule that were skipped included. */
  int epoch;

  /** Batches of the current epoch that are done. */
  int batch;

  /** Stage of the current epoch, or -1 before the first. */
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
    return withStep(step + 1).withBatch(batch + batches).withOptimizerUpdates(updatesSinceReset);
  }

  TrainingState afterEpoch() {
    return withEpoch(epoch + 1).withBatch(0);
  }

  TrainingState inStage(int newStage, int updatesSinceReset) {
    return withStage(newStage).withOptimizerUpdates(updatesSinceReset);
  }
}
