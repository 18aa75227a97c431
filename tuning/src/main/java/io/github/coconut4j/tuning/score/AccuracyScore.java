package io.github.coconut4j.tuning.score;

import io.github.coconut4j.report.RunSummary;

/** Share of correct answers; higher is better. */
public final class AccuracyScore extends RunScore {

  private static final long serialVersionUID = 1L;

  @Override
  public double score(RunSummary run) {
    return run.getAccuracy();
  }
}
