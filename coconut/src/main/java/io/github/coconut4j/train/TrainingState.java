package io.github.coconut4j.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
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

  /** Whether an evaluation has ended the stage, which the next epoch leaves. */
  @JsonInclude(Include.NON_DEFAULT)
  boolean gatePassed;

  /** Epochs of the schedule that stages which ended early have left out. */
  @JsonInclude(Include.NON_DEFAULT)
  int skippedEpochs;

  /** Updates of the schedule that they have left out. */
  @JsonInclude(Include.NON_DEFAULT)
  int skippedSteps;

  /** The state before the first update. */
  static TrainingState start(int skippedEpochs) {
    return builder().epoch(skippedEpochs).build();
  }

  /** Epochs of the schedule that are over. */
  int scheduledEpoch() {
    return epoch + skippedEpochs;
  }

  /** Updates of the schedule that are over. */
  int scheduledStep() {
    return step + skippedSteps;
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
