package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.files.AtomicDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The start of a run: its newest checkpoint, or the first update. */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class RunStart {

  private final TrainingConfig config;

  /** Whether the run replaces another that may be in the directory. */
  private final boolean isNew;

  /** Null if there is none. */
  private final Checkpoint checkpoint;

  /** The state before the run's next update. */
  @Getter private final TrainingState state;

  /** The start of a new run, which replaces the directory's content. */
  static RunStart fresh(TrainingConfig config, CoconutModel model) {
    return new RunStart(config, true, null, firstState(config, model));
  }

  /**
   * The newest complete checkpoint, or the first update if the run was stopped before its first
   * checkpoint.
   *
   * @param run the common part of the manifests of the run's checkpoints
   * @param force whether the problems may have changed since
   * @throws io.github.coconut4j.config.ConfigException if the checkpoint belongs to another run
   */
  static RunStart resumed(
      TrainingConfig config,
      CoconutModel model,
      Checkpoints checkpoints,
      CheckpointManifest run,
      boolean force)
      throws IOException {
    Checkpoint latest = checkpoints.latest().orElse(null);
    if (latest == null) {
      return new RunStart(config, false, null, firstState(config, model));
    }
    ResumeCheck.requireSameRun(latest.getManifest(), run, config, force);
    return new RunStart(config, false, latest, latest.getManifest().getState());
  }

  /** A run that only evaluates stays in the requested stage. */
  private static TrainingState firstState(TrainingConfig config, CoconutModel model) {
    TrainingState first = TrainingState.start(config.firstEpoch());
    if (!config.isOnlyEval()) {
      return first;
    }
    int stage =
        config.getResume() == null
            ? model.getConfig().getStage()
            : Curriculum.stageOfEpoch(config, config.firstEpoch());
    return first.inStage(stage, 0);
  }

  /** Brings the directory into this state and opens the metrics file. */
  MetricsFile begin(RunDirectory directory) throws IOException {
    AtomicDirectory.recover(directory.path());
    if (config.isOnlyEval() && directory.holdsTraining()) {
      return MetricsFile.append(directory.metrics());
    }
    deleteOutdatedResults(directory);
    directory.keepGivenConfig();
    ConfigFile.write(config, directory.config());
    if (config.isOnlyEval()) {
      return MetricsFile.append(directory.metrics());
    }
    if (isNew) { // or it would continue from the replaced run's state on a cluster
      Files.deleteIfExists(directory.storeId());
    }
    if (checkpoint == null) {
      return MetricsFile.open(directory.metrics(), 0);
    }
    return MetricsFile.open(directory.metrics(), checkpoint.getManifest().getMetricsLines());
  }

  /** Deletes what belongs to another run, or to another state of this one. */
  private void deleteOutdatedResults(RunDirectory directory) throws IOException {
    if (config.isOnlyEval()) {
      directory.deleteEvaluation();
    } else if (checkpoint == null) {
      directory.deleteResults(config);
    } else {
      directory.deleteEvaluationOfOtherState(state.getStep());
    }
  }

  /**
   * Restores trained parameters and optimiser to this state.
   *
   * @param trained live arrays by name
   */
  void restore(Map<String, INDArray> trained, Optimizer optimizer) throws IOException {
    if (checkpoint != null && !config.isOnlyEval()) {
      checkpoint.restoreWeights(trained);
      optimizer.restore(checkpoint.optimizerState(), state.getOptimizerUpdates());
    }
  }

  /**
   * The termination conditions, restored to this state.
   *
   * @param others conditions other than {@code early_stopping}
   * @throws ConfigException if they need evaluations that {@code metrics.jsonl} no longer has
   */
  EarlyStopping earlyStopping(RunDirectory directory, List<TerminationCondition> others)
      throws IOException {
    List<TerminationCondition> conditions = new ArrayList<>(others);
    if (config.getEarlyStopping() != null) {
      conditions.add(new ScoreImprovementCondition(config.getEarlyStopping()));
    }
    boolean asksNothing = checkpoint == null || conditions.isEmpty();
    return new EarlyStopping(conditions, asksNothing ? List.of() : evaluations(directory));
  }

  /**
   * The evaluations before the checkpoint. The file may have later ones: only the first rank
   * removes them, and all ranks need the same.
   */
  private List<EvaluationMetrics> evaluations(RunDirectory directory) throws IOException {
    int needed = checkpoint.getManifest().getMetricsLines();
    MetricsFile.Metrics before = MetricsFile.read(directory.metrics(), needed);
    int lines = before.updates().size() + before.evaluations().size();
    if (lines < needed) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "Early stopping needs all evaluations of the run, but %s has only %d of the %d lines"
                  + " that it had at the checkpoint. Restore the file, or remove `early_stopping`"
                  + " to continue without.",
              directory.metrics(),
              lines,
              needed));
    }
    return before.evaluations();
  }
}
