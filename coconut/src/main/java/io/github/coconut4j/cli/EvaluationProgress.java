package io.github.coconut4j.cli;

import io.github.coconut4j.generate.TokenListener;
import lombok.RequiredArgsConstructor;

/** Advances a progress meter with every answered problem. */
@RequiredArgsConstructor
final class EvaluationProgress implements TokenListener {

  private final ProgressMeter meter;
  private int answered;

  @Override
  public void written(int row, int token) {
    // Only complete answers count.
  }

  @Override
  public void completed(int row) {
    answered++;
    meter.advanceTo(answered, "");
  }
}
