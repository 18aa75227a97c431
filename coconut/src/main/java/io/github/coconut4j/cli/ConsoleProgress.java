package io.github.coconut4j.cli;

import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import lombok.RequiredArgsConstructor;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far a run is: a bar on a terminal, a plain line now and then elsewhere. */
@RequiredArgsConstructor
final class ConsoleProgress implements TrainingObserver {

  private static final long LINE_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  private final String name;
  private final PrintWriter errors;
  private ProgressBar bar;
  private int totalSteps;
  private int firstStep;
  private long started;
  private long lastLine;

  @Override
  public void started(int step, int total) {
    totalSteps = total;
    firstStep = step;
    started = System.nanoTime();
    lastLine = started;
    if (isTerminal()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(total)
              .startsFrom(step, Duration.ZERO)
              .setStyle(ProgressBarStyle.UNICODE_BLOCK)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }
  }

  @Override
  public void updated(UpdateMetrics metrics) {
    if (bar != null) {
      bar.stepTo(metrics.getStep());
      bar.setExtraMessage(summary(metrics));
    } else if (System.nanoTime() - lastLine >= LINE_INTERVAL_NANOS) {
      lastLine = System.nanoTime();
      errors.printf(
          Locale.ROOT,
          "%s: step %d/%d, %s, %s left%n",
          name,
          metrics.getStep(),
          totalSteps,
          summary(metrics),
          left(metrics.getStep()));
      errors.flush();
    }
  }

  @Override
  public void evaluated(EvaluationMetrics metrics, boolean improved) {
    if (bar == null) {
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

  private String left(int step) {
    double perStep = (System.nanoTime() - started) / 1e9 / Math.max(1, step - firstStep);
    long seconds = Math.round(perStep * (totalSteps - step));
    return String.format("%d:%02d", seconds / 60, seconds % 60);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  /** The launcher keeps JDK 22 and later at giving no console where there is no terminal. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    return System.console() != null;
  }
}
