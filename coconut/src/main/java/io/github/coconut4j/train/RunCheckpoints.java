package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a run may continue from, and what it leaves to be continued from. */
final class RunCheckpoints implements AutoCloseable {

  private final TrainingConfig config;
  private final CheckpointManifest run;
  private final Checkpoints files;
  private final CheckpointWriter writer = new CheckpointWriter();

  /**
   * @param run what the manifests of all checkpoints of the run share
   */
  RunCheckpoints(TrainingConfig config, Path directory, CheckpointManifest run) {
    this.config = config;
    this.run = run;
    this.files = new Checkpoints(directory);
  }

  /**
   * The newest whole checkpoint, after clearing what killed writers left; empty where the run was
   * cut short before its first.
   *
   * @param force whether the problems may have changed since
   */
  Optional<Checkpoint> latest(boolean force) throws IOException {
    files.recover();
    Optional<Checkpoint> checkpoint = files.latest();
    if (checkpoint.isPresent()) {
      CheckpointManifest saved = checkpoint.get().getManifest();
      ResumeCheck.configuration(saved.getConfiguration(), config);
      ResumeCheck.component("updater", saved.getUpdater(), run.getUpdater());
      ResumeCheck.component("schedule", saved.getSchedule(), run.getSchedule());
      if (!force) {
        ResumeCheck.problems(saved.getProblems(), run.getProblems());
      }
      ResumeCheck.tokenizer(saved.getTokenizer(), run.getTokenizer());
    }
    return checkpoint;
  }

  /** Deletes what a new run replaces. */
  void clear() throws IOException {
    files.clear();
  }

  /** Begins to write a checkpoint, from copies of the arrays. */
  void begin(
      TrainingState state,
      boolean best,
      Map<String, INDArray> weights,
      Map<String, INDArray> optimizer,
      MetricsFile metrics)
      throws IOException {
    CheckpointManifest manifest =
        run.toBuilder().state(state).metricsLines(metrics.lines()).best(best).build();
    writer.begin(
        weights,
        optimizer,
        (weightCopies, optimizerCopies) -> {
          metrics.sync();
          files.write(manifest, weightCopies, optimizerCopies);
          files.keep(config.getKeepCheckpoints(), state.getStep());
        });
  }

  /** Waits until the last checkpoint is written, or throws what it failed with. */
  void await() throws IOException {
    writer.await();
  }

  /** Where the last checkpoint is, in words; empty if there is none. */
  String kept() throws IOException {
    return files.newest().map(path -> "The last checkpoint is " + path + ".").orElse("");
  }

  /** Ends training at the next update where a checkpoint could not be written. */
  TrainingObserver failureWatch() {
    return new TrainingObserver() {
      @Override
      public void updated(UpdateMetrics update) throws IOException {
        writer.throwFailure();
      }
    };
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
