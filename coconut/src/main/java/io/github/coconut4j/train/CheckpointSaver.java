package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import lombok.Builder;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Saves a checkpoint after a number of updates or minutes, at the end of a stage, and if an
 * evaluation was the best so far. It is written while training continues; a failure ends training
 * at its next update.
 */
final class CheckpointSaver implements TrainingObserver {

  private final Integer everySteps;
  private final Long everyNanos;
  private final int kept;
  private final Checkpoints checkpoints;
  private final CheckpointManifest run;
  private final Map<String, INDArray> weights;
  private final Optimizer optimizer;
  private final MetricsFile metrics;
  private final CheckpointWriter writer = new CheckpointWriter();
  private long lastSaved = System.nanoTime();
  private TrainingState previous;

  /** Whether the last evaluation was the best so far and its state is not saved yet. */
  private boolean improved;

  private final Runnable beforeSaving;
  private final Written written;

  /** Receives each checkpoint, on the thread that wrote it. */
  @FunctionalInterface
  interface Written {
    void accept(TrainingState state, Path checkpoint) throws IOException;
  }

  /** The update with the best evaluation so far. */
  private int bestStep = -1;

  /**
   * Makes a saver for one run.
   *
   * @param run the common part of the manifests of its checkpoints
   * @param weights live arrays by name
   * @param metrics file whose number of lines is saved with the state
   * @param beforeSaving copies the arrays' newest values to the host
   * @param written receives each checkpoint before older ones are deleted
   */
  @Builder
  CheckpointSaver(
      TrainingConfig config,
      Checkpoints checkpoints,
      CheckpointManifest run,
      Map<String, INDArray> weights,
      Optimizer optimizer,
      MetricsFile metrics,
      Runnable beforeSaving,
      Written written) {
    this.everySteps = config.getCheckpointEverySteps();
    this.everyNanos =
        config.getCheckpointEveryMinutes() == null
            ? null
            : Math.round(config.getCheckpointEveryMinutes() * Duration.ofMinutes(1).toNanos());
    this.kept = config.getKeepCheckpoints();
    this.checkpoints = checkpoints;
    this.run = run;
    this.weights = weights;
    this.optimizer = optimizer;
    this.metrics = metrics;
    this.beforeSaving = beforeSaving;
    this.written = written;
  }

  private boolean isEnabled() {
    return everySteps != null || everyNanos != null;
  }

  @Override
  public void epochStarted(TrainingState state) throws IOException {
    boolean stageEnded = previous != null && previous.getStage() != state.getStage();
    if (isEnabled() && (stageEnded || improved)) {
      save(state);
    }
    previous = state;
  }

  @Override
  public void updated(UpdateMetrics update) throws IOException {
    writer.throwFailure();
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
  public void evaluated(EvaluationMetrics evaluation, boolean isImproved) {
    improved = isImproved;
    if (isImproved) {
      bestStep = evaluation.getStep();
    }
  }

  /** Starts saving a state unconditionally, from copies of the arrays. */
  void save(TrainingState state) throws IOException {
    CheckpointManifest manifest =
        run.withState(state)
            .withMetricsLines(metrics.lines())
            .withBest(state.getStep() == bestStep);
    beforeSaving.run();
    writer.begin(
        weights,
        optimizer.state(),
        (weightCopies, optimizerCopies) -> {
          metrics.sync();
          written.accept(state, checkpoints.write(manifest, weightCopies, optimizerCopies));
          checkpoints.keep(kept, state.getStep());
        });
    improved = false;
    lastSaved = System.nanoTime();
  }

  /** Waits until the last checkpoint is written, or throws its failure. */
  void await() throws IOException {
    writer.await();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
