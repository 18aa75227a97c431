package io.github.coconut4j.train;

import io.github.coconut4j.config.EarlyStoppingSettings;
import lombok.RequiredArgsConstructor;

/**
 * Ends a run after a number of consecutive evaluations without improvement over the best one, like
 * Deeplearning4j's {@code ScoreImprovementEpochTerminationCondition}: the key {@code
 * early_stopping}.
 */
@RequiredArgsConstructor
final class ScoreImprovementCondition implements TerminationCondition {

  private final EarlyStoppingSettings settings;

  /** Best score so far, higher is better; NaN before the first score that is a number. */
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
