package io.github.coconut4j.cli;

import io.github.coconut4j.generate.TokenListener;
import lombok.RequiredArgsConstructor;

/** Moves a meter with every problem that is answered. */
@RequiredArgsConstructor
final class EvaluationProgress implements TokenListener {

  private final ProgressMeter meter;
  private int answered;

  @Override
  public void written(int row, int token) {
    // Only whole answers count.
  }

  @Override
  public void completed(int row) {
    answered++;
    meter.advanceTo(answered, "");
  }
}
