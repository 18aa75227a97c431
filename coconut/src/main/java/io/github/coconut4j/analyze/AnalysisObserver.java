package io.github.coconut4j.analyze;

/** Callback for the progress of an analysis. */
@FunctionalInterface
public interface AnalysisObserver {

  /** A no-op. */
  AnalysisObserver NONE = (done, total) -> {};

  /**
   * A batch was continued once more.
   *
   * @param done continuations of a batch so far
   * @param total those of the whole data set
   */
  void advanced(int done, int total);
}
