package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.TrainingObserver;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * Trains in this process: quick to start, but a candidate that crashes native code takes the search
 * with it, and one that hangs is not ended by its time limit, which is looked at after each update.
 */
public final class InProcessTrainer implements CandidateTrainer {

  private final ProblemSplits problems;
  private final List<TrainingObserver> observers;

  /** A trainer on the problems that each candidate's configuration names. */
  public InProcessTrainer() {
    this(null, List.of());
  }

  /**
   * A trainer that is watched.
   *
   * @param problems of the candidates, or null for those that each configuration names
   * @param observers of each training, closed at its end
   */
  public InProcessTrainer(ProblemSplits problems, List<TrainingObserver> observers) {
    this.problems = problems;
    this.observers = List.copyOf(observers);
  }

  @Override
  public RunSummary train(CandidateJob job)
      throws IOException, InterruptedException, CandidateException {
    StopRule stop = new StopRule(job);
    Optional<RunSummary> summary =
        result(new TrainingThread<>(() -> train(job, stop), stop::request));
    if (summary.isEmpty()) {
      throw CandidateException.timedOut(job); // nothing else ends it early
    }
    return summary.get();
  }

  private Optional<RunSummary> train(CandidateJob job, StopRule stop) throws IOException {
    try (CandidateRun candidate = new CandidateRun(job, stop, problems, observers)) {
      return candidate.train();
    }
  }

  private static Optional<RunSummary> result(TrainingThread<Optional<RunSummary>> training)
      throws IOException, InterruptedException, CandidateException {
    try {
      return training.run();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw CandidateException.failed(Causes.of(e.getCause()), e.getCause());
    }
  }
}
