package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import java.io.IOException;
import java.time.Duration;

/**
 * Saves a checkpoint every so many updates or minutes, at a stage's end, and where an evaluation
 * was the best so far.
 */
final class CheckpointSaver implements TrainingObserver {

  /** Writes a checkpoint of a state; {@code best} where its evaluation was the best so far. */
  @FunctionalInterface
  interface Saving {
    void save(TrainingState state, boolean best) throws IOException;
  }

  private final Integer everySteps;
  private final Long everyNanos;
  private final Saving saving;
  private long lastSaved = System.nanoTime();
  private TrainingState previous;

  /** Whether the last evaluation was the best so far and its state is not saved yet. */
  private boolean improved;

  /** The update after which the evaluation was the best so far. */
  private int bestStep = -1;

  CheckpointSaver(TrainingConfig config, Saving saving) {
    this.everySteps = config.getCheckpointEverySteps();
    this.everyNanos =
        config.getCheckpointEveryMinutes() == null
            ? null
            : Math.round(config.getCheckpointEveryMinutes() * Duration.ofMinutes(1).toNanos());
    this.saving = saving;
  }

  private boolean isEnabled() {
    return everySteps != null || everyNanos != null;
  }

  @Override
  public void passStarted(TrainingState state) throws IOException {
    boolean stageEnded = previous != null && previous.getStage() != state.getStage();
    if (isEnabled() && (stageEnded || improved)) {
      save(state);
    }
    previous = state;
  }

  @Override
  public void settled(TrainingState state) throws IOException {
    boolean stepsDue = everySteps != null && state.getStep() % everySteps == 0;
    boolean timeDue = everyNanos != null && System.nanoTime() - lastSaved >= everyNanos;
    if (stepsDue || timeDue || (isEnabled() && improved)) {
      save(state);
    }
  }

  @Override
  public void evaluated(EvaluationMetrics metrics, boolean isImproved) {
    improved = isImproved;
    if (isImproved) {
      bestStep = metrics.getStep();
    }
  }

  /** Saves a state whether it is time or not. */
  void save(TrainingState state) throws IOException {
    saving.save(state, state.getStep() == bestStep);
    improved = false;
    lastSaved = System.nanoTime();
  }
}
