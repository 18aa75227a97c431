package io.github.coconut4j.train;

import io.github.coconut4j.config.EarlyStoppingSettings;
import lombok.RequiredArgsConstructor;

/**
 * Ends a run once so many evaluations in a row have not been better than the best before them, as
 * Deeplearning4j's {@code ScoreImprovementEpochTerminationCondition} does: the key {@code
 * early_stopping}.
 */
@RequiredArgsConstructor
public final class ScoreImprovementCondition implements TerminationCondition {

  private final EarlyStoppingSettings settings;

  /** Higher is better; not a number before the first that is one. */
  private double best = Double.NaN;

  private int sinceBest;

  @Override
  public void initialize() {
    best = Double.NaN;
    sinceBest = 0;
  }

  @Override
  public boolean terminate(EvaluationMetrics evaluation) {
    double score = score(evaluation);
    boolean isFirst = Double.isNaN(best) && !Double.isNaN(score);
    if (isFirst || score - best > settings.getMinDelta()) {
      best = score;
      sinceBest = 0;
    } else {
      sinceBest++;
    }
    return sinceBest >= settings.getPatience();
  }

  private double score(EvaluationMetrics evaluation) {
    return switch (settings.getMetric()) {
      case ACCURACY -> evaluation.getEvalAccuracy();
      case CHAIN_MATCH -> evaluation.getEvalChainMatch();
      case LOSS -> -evaluation.getEvalLoss();
    };
  }
}
