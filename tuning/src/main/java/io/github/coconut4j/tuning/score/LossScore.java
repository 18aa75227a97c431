package io.github.coconut4j.tuning.score;

import io.github.coconut4j.report.RunSummary;

/**
 * Mean cross-entropy of the labelled tokens of the validation problems, in nats; lower is better.
 * Losses of candidates that write different parts of the chain are not comparable.
 */
public final class LossScore extends RunScore {

  private static final long serialVersionUID = 1L;

  @Override
  public double score(RunSummary run) {
    return run.getLoss();
  }

  @Override
  public boolean minimize() {
    return true;
  }
}
