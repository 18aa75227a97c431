package io.github.coconut4j.analyze;

/** Told how far an analysis is. */
@FunctionalInterface
public interface AnalysisObserver {

  /** Hears nothing. */
  AnalysisObserver NONE = (done, total) -> {};

  /**
   * A batch was continued once more.
   *
   * @param done continuations of a batch so far
   * @param total those of the whole data set
   */
  void advanced(int done, int total);
}
