package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.report.RunSummary;
import java.io.IOException;

/** Trains and evaluates a candidate's run. */
public interface CandidateTrainer {

  /**
   * Trains to the end of the job and evaluates.
   *
   * @throws CandidateException if the candidate fails; its message is the cause
   * @throws TrainerLostException if this trainer can train no candidate any more
   * @throws IOException if the candidate's files cannot be read or written; the candidate fails
   * @throws InterruptedException if the search is being stopped; the run can be continued
   */
  RunSummary train(CandidateJob job) throws IOException, InterruptedException, CandidateException;
}
