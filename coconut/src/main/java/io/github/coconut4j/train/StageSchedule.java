package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.curriculum.Curriculum.Skip;
import java.util.stream.IntStream;

/**
 * The stage of each state of a run, and its end, from the curriculum and {@code depth_gate}. A
 * stage that an evaluation has ended counts in the schedule as completed; {@code max_steps} counts
 * updates that were done.
 */
final class StageSchedule {

  private final Curriculum curriculum;
  private final int updatesPerEpoch;

  /** Accuracy that ends a stage, or null. */
  private final Double gate;

  private final Integer maxSteps;

  /** The last stage whose sequences differ from the next one's. */
  private final int lastGated;

  /**
   * Makes the schedule of a run.
   *
   * @param updatesPerEpoch number of updates in one epoch, at least 0
   */
  StageSchedule(TrainingConfig config, int updatesPerEpoch) {
    this.updatesPerEpoch = updatesPerEpoch;
    gate = config.getDepthGate();
    maxSteps = config.getMaxSteps();
    lastGated = config.getMaxLatentStage();
    curriculum = Curriculum.of(gate == null ? config : config.toBuilder().maxSteps(null).build());
  }

  /** The stage of the next update. */
  int stage(TrainingState state) {
    return curriculum.stage(state.scheduledEpoch(), state.scheduledStep());
  }

  /** Whether the run is over. */
  boolean isOver(TrainingState state) {
    return (maxSteps != null && state.getStep() >= maxSteps)
        || curriculum.isOver(state.scheduledEpoch(), state.scheduledStep());
  }

  /**
   * Number of updates of the run's schedule, those included that stages up to a state have skipped.
   */
  int scheduledSteps(TrainingState state) {
    int scheduled = curriculum.totalSteps(updatesPerEpoch);
    return maxSteps == null
        ? scheduled
        : (int) Math.min(scheduled, (long) maxSteps + state.getSkippedSteps());
  }

  /** Largest number of updates that the whole run does. */
  int totalSteps(TrainingState state) {
    return scheduledSteps(state) - state.getSkippedSteps();
  }

  /** Stages of all updates from a state on, in order; with a gate, the possible ones. */
  IntStream stages(TrainingState state) {
    return curriculum.stages(
        state.scheduledEpoch(), state.scheduledStep(), Integer.MAX_VALUE, updatesPerEpoch);
  }

  /** The state after an evaluation in its stage, which may end it. */
  TrainingState evaluated(TrainingState state, double accuracy) {
    return gate != null && accuracy >= gate && hasNext(state) ? state.withGatePassed(true) : state;
  }

  private boolean hasNext(TrainingState state) {
    TrainingState next = beyondStage(state);
    return state.getStage() <= lastGated
        && !curriculum.isOver(next.scheduledEpoch(), next.scheduledStep());
  }

  /** The state before the next epoch, which begins the next stage if the gate was passed. */
  TrainingState epochEnded(TrainingState state) {
    return state.isGatePassed() ? beyondStage(state).withGatePassed(false) : state;
  }

  private TrainingState beyondStage(TrainingState state) {
    Skip skip =
        curriculum.skipBeyond(
            state.getStage(), state.scheduledEpoch(), state.scheduledStep(), updatesPerEpoch);
    return state
        .withSkippedEpochs(state.getSkippedEpochs() + skip.epochs())
        .withSkippedSteps(state.getSkippedSteps() + skip.steps());
  }
}
