package io.github.coconut4j.cli;

import io.github.coconut4j.analyze.AnalysisObserver;
import java.io.PrintWriter;
import lombok.RequiredArgsConstructor;

/** Shows how far an analysis is. */
@RequiredArgsConstructor
final class AnalysisProgress implements AnalysisObserver, AutoCloseable {

  private final String task;
  private final PrintWriter errors;

  /** Null before the first batch, when the total is not known. */
  private ProgressMeter meter;

  @Override
  public void advanced(int done, int total) {
    if (meter == null) {
      meter = new ProgressMeter(task, 0, total, errors);
    }
    meter.advanceTo(done, "");
  }

  @Override
  public void close() {
    if (meter != null) {
      meter.close();
    }
  }
}
