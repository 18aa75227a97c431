package io.github.coconut4j.analyze;

import lombok.RequiredArgsConstructor;

/** Counts the continuations of batches and notifies an observer of each. */
@RequiredArgsConstructor
public final class ContinuationCounter {

  private final AnalysisObserver observer;

  /** Total number of continuations. */
  private final int total;

  private int done;

  /** One more is done. */
  public void advance() {
    observer.advanced(++done, total);
  }
}
