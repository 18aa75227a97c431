package io.github.coconut4j.analyze;

/** Callback for the progress of an analysis. */
@FunctionalInterface
public interface AnalysisObserver {

  /** Does nothing. */
  AnalysisObserver NONE = (done, total) -> {};

  /**
   * A batch was continued one more time.
   *
   * @param done number of continuations of batches so far
   * @param total number for the whole data set
   */
  void advanced(int done, int total);
}
