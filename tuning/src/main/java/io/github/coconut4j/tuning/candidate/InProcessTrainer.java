package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.TrainingObserver;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * Trains in this process. It starts quickly, but a candidate that crashes native code ends the
 * search too, and one that hangs is not ended by its time limit, which is checked after each
 * update.
 */
public final class InProcessTrainer implements CandidateTrainer {

  private final ProblemSplits problems;
  private final List<TrainingObserver> observers;

  /** Makes a trainer that uses the problems of each candidate's configuration. */
  public InProcessTrainer() {
    this(null, List.of());
  }

  /**
   * Makes a trainer with observers.
   *
   * @param problems the candidates' problems, or null for those of each configuration
   * @param observers observers of each training, closed at its end
   */
  public InProcessTrainer(ProblemSplits problems, List<TrainingObserver> observers) {
    this.problems = problems;
    Arguments.requireElements(observers, "observers");
    this.observers = List.copyOf(observers);
  }

  @Override
  public RunSummary train(CandidateJob job)
      throws IOException, InterruptedException, CandidateException {
    StopRule stop = new StopRule(job);
    Optional<RunSummary> summary =
        result(new TrainingThread<>(() -> train(job, stop), stop::request));
    if (summary.isEmpty()) {
      throw CandidateException.timedOut(job); // nothing else stops it early
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
      throw CandidateException.failed(FailureCause.of(e.getCause()), e.getCause());
    }
  }
}
