package io.github.coconut4j.cli;

import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.PrintWriter;
import java.util.Locale;
import lombok.RequiredArgsConstructor;

/** Shows the progress of a run, and each of its evaluations. */
@RequiredArgsConstructor
final class ConsoleProgress implements TrainingObserver {

  private final String name;
  private final PrintWriter errors;
  private ProgressMeter meter;

  @Override
  public void started(int step, int total) {
    meter = new ProgressMeter(name, step, total, errors);
  }

  @Override
  public void updated(UpdateMetrics metrics) {
    meter.advanceTo(metrics.getStep(), summary(metrics));
  }

  @Override
  public void evaluated(EvaluationMetrics metrics, boolean improved) {
    if (meter == null || !meter.isBar()) {
      errors.printf(
          Locale.ROOT,
          "%s: step %d, stage %d, evaluation: accuracy %.3f, tokens %.1f, loss %.4f%n",
          name,
          metrics.getStep(),
          metrics.getStage(),
          metrics.getEvalAccuracy(),
          metrics.getEvalMeanTokens(),
          metrics.getEvalLoss());
      errors.flush();
    }
  }

  private static String summary(UpdateMetrics metrics) {
    return String.format(
        Locale.ROOT,
        "stage %d, epoch %d, loss %.4f, %.0f tokens/s",
        metrics.getStage(),
        metrics.getEpoch(),
        metrics.getLoss(),
        metrics.getTokensPerSecond());
  }

  @Override
  public void close() {
    if (meter != null) {
      meter.close();
    }
  }
}
