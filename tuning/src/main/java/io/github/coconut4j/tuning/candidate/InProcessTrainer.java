package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.util.Optional;

/**
 * Trains in this process: quick to start, but a candidate that crashes native code takes the search
 * with it, and one that hangs is not ended by its time limit, which is looked at after each update.
 */
public final class InProcessTrainer implements CandidateTrainer {

  @Override
  public RunSummary train(CandidateJob job)
      throws IOException, InterruptedException, CandidateException {
    try (CandidateRun candidate = new CandidateRun(job)) {
      Optional<RunSummary> summary = candidate.train();
      if (summary.isPresent()) {
        return summary.get();
      }
      if (candidate.isTimedOut()) {
        throw CandidateException.timedOut(job);
      }
      throw new InterruptedException("The search was stopped.");
    }
  }
}
