package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;

/** Trains one candidate and returns its outcome. */
@RequiredArgsConstructor
final class TrainingTask implements Callable<OptimizationResult> {

  private final Candidate<?> candidate;
  private final CandidateJob job;
  private final CandidateTrainer trainer;
  private final ScoreFunction score;
  private final long start = System.currentTimeMillis();
  private final long began = System.nanoTime();

  /**
   * Trains the candidate.
   *
   * @throws InterruptedException if the search is being stopped
   * @throws TrainerLostException if no candidate can be trained any more
   */
  @Override
  public OptimizationResult call() throws InterruptedException, TrainerLostException {
    try {
      RunSummary summary = trainer.train(job);
      double value = score.score(summary, (Class<? extends DataSource>) null, (Properties) null);
      return result(CandidateStatus.Complete, value, summary, null);
    } catch (CandidateException e) {
      CandidateStatus status = e.isTimedOut() ? CandidateStatus.Cancelled : CandidateStatus.Failed;
      return result(status, null, null, e.getMessage());
    } catch (TrainerLostException e) {
      throw e;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      return result(CandidateStatus.Failed, null, null, FailureCause.of(e));
    }
  }

  private OptimizationResult result(
      CandidateStatus status, Double value, RunSummary summary, String cause) {
    // The machine's clock may be set meanwhile.
    long milliseconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    CandidateInfo info =
        new CandidateInfo(
            candidate.getIndex(),
            status,
            value,
            start,
            start,
            start + milliseconds,
            candidate.getFlatParameters(),
            cause);
    return new OptimizationResult(candidate, value, candidate.getIndex(), summary, info, null);
  }
}
