package io.github.coconut4j.audit;

import java.util.Map;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.Getter;

/** A model's observations on every problem. Problems are numbered from 0. */
@Builder
@Getter(AccessLevel.PACKAGE)
final class Observations {

  /** Values by problem, NaN if there is none. */
  private final Map<Series, double[]> series;

  /** Number of steps of each problem. */
  private final int[] steps;

  /** Share of correct answers with the first 0, 1, … thoughts as noise. */
  private final double[] byCorrupted;

  /** Whether the model is a control. */
  private final boolean control;

  int problems() {
    return steps.length;
  }

  /**
   * A problem's value. There are two additional pseudo-problems, one at each end of the series'
   * range, opposite for model and control: as in Agresti and Min's interval, they give intervals a
   * width even if no problem differs.
   */
  double value(Series of, int problem) {
    if (problem < problems()) {
      return series.get(of)[problem];
    }
    boolean high = (problem == problems()) != control;
    return high ? of.highest() : of.getLowest();
  }
}
