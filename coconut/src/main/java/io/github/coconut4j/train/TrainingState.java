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
 * The state of a run. The next update depends only on this, the weights and the optimiser's arrays:
 * all randomness follows from the seed, the epoch and the stage.
 */
@Value
@With(AccessLevel.PACKAGE)
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class TrainingState {

  /** Number of updates done. */
  int step;

  /** Number of epochs done, including skipped ones of the schedule. */
  int epoch;

  /** Number of batches done in the current epoch. */
  int batch;

  /** Stage of the current epoch, or -1 before the first. */
  @Builder.Default int stage = -1;

  /** Number of updates of the optimiser since its last reset. */
  int optimizerUpdates;

  /** Best accuracy of an evaluation so far, or -1. */
  @Builder.Default double bestAccuracy = -1;

  /** Whether an evaluation has ended the stage; the next epoch begins the next one. */
  @JsonInclude(Include.NON_DEFAULT)
  boolean gatePassed;

  /** Number of epochs of the schedule skipped by stages that ended early. */
  @JsonInclude(Include.NON_DEFAULT)
  int skippedEpochs;

  /** Number of updates of the schedule skipped by them. */
  @JsonInclude(Include.NON_DEFAULT)
  int skippedSteps;

  /** The state before the first update. */
  static TrainingState start(int skippedEpochs) {
    return builder().epoch(skippedEpochs).build();
  }

  /** Number of epochs of the schedule that are over. */
  int scheduledEpoch() {
    return epoch + skippedEpochs;
  }

  /** Number of updates of the schedule that are over. */
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
