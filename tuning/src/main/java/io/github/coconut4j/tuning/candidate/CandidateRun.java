package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A candidate's run, continued from its newest checkpoint and trained to the end of its job. */
final class CandidateRun implements AutoCloseable {

  private final CandidateJob job;
  private final TrainingRun run;

  CandidateRun(CandidateJob job, StopRule stop) throws IOException {
    this(job, stop, null, List.of());
  }

  /**
   * Prepares a run.
   *
   * @param problems its problems, or null to read or generate those that the configuration names
   * @param observers observers of the training, closed with the run
   */
  CandidateRun(
      CandidateJob job, StopRule stop, ProblemSplits problems, List<TrainingObserver> observers)
      throws IOException {
    this.job = job;
    this.run =
        TrainingRun.builder()
            .config(job.getConfig())
            .directory(job.getDirectory())
            .problems(problems)
            .resume(true)
            .observer(stop)
            .observers(observers)
            .build();
    stop.attach(run);
    if (run.problems().getEvaluation().isEmpty()) {
      run.close();
      throw new ConfigException(
          "A search scores candidates on `val_path`, which is missing. Set it.");
    }
  }

  /**
   * Trains, evaluates and writes {@code evaluation.json}.
   *
   * @return empty if training was stopped early; its state is saved
   */
  Optional<RunSummary> train() throws IOException {
    if (!isTrained()) {
      run.train();
    }
    if (!isTrained()) {
      return Optional.empty();
    }
    RunSummary summary = RunSummary.of(run, run.evaluate());
    summary.write(job.getDirectory().evaluation());
    return Optional.of(summary);
  }

  private boolean isTrained() {
    boolean paused = job.getCycle() != null && run.state().getStep() >= job.lastStep();
    return paused || run.isFinished();
  }

  @Override
  public void close() throws IOException {
    run.close();
  }
}
