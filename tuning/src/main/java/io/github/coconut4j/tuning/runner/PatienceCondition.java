package io.github.coconut4j.tuning.runner;

import lombok.Getter;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;

/** Ends a search after a number of consecutive candidates without a better score. */
@RequiredArgsConstructor
public final class PatienceCondition implements TerminationCondition {

  /** Number of candidates without a better score, at least 1. */
  @Getter private final int candidates;

  private Double best;
  private int ended;

  @Override
  public void initialize(IOptimizationRunner runner) {
    best = null;
    ended = 0;
  }

  @Override
  public boolean terminate(IOptimizationRunner runner) {
    int now = runner.numCandidatesCompleted() + runner.numCandidatesFailed();
    Double score = runner.bestScore();
    if (score != null && !score.equals(best)) {
      best = score;
      ended = now;
    }
    return now - ended >= candidates;
  }

  @Override
  public String toString() {
    return "PatienceCondition(" + candidates + ")";
  }
}
