package io.github.coconut4j.cli;

import io.github.coconut4j.analyze.AnalysisObserver;
import java.io.PrintWriter;
import lombok.RequiredArgsConstructor;

/** Shows the progress of an analysis. */
@RequiredArgsConstructor
final class AnalysisProgress implements AnalysisObserver, AutoCloseable {

  private final String task;
  private final PrintWriter errors;

  /** Null before the first batch, since the total is not known yet. */
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
