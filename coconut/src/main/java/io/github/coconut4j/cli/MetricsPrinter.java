package io.github.coconut4j.cli;

import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.UpdateMetrics;
import lombok.RequiredArgsConstructor;

/** Prints the lines of {@code metrics.jsonl}. */
@RequiredArgsConstructor
final class MetricsPrinter implements TrainingObserver {

  private final JsonLines lines;

  @Override
  public void updated(UpdateMetrics metrics) {
    lines.print(metrics);
  }

  @Override
  public void evaluated(EvaluationMetrics metrics, boolean improved) {
    lines.print(metrics);
  }
}
