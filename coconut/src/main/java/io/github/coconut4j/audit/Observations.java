package io.github.coconut4j.audit;

import java.util.Map;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.Getter;

/** What a model did with every problem. Problems are numbered from 0. */
@Builder
@Getter(AccessLevel.PACKAGE)
final class Observations {

  /** Values by problem, NaN where there is none. */
  private final Map<Series, double[]> series;

  /** Steps of each problem. */
  private final int[] steps;

  /** Share of right answers with the first 0, 1, … thoughts as noise. */
  private final double[] byCorrupted;

  /** Whether they are a control's. */
  private final boolean control;

  int problems() {
    return steps.length;
  }

  /**
   * A problem's value. Two more than there are problems are imaginary, one at each end of the
   * series, and those of model and control at opposite ends: as in Agresti and Min's interval they
   * keep a width where no problem differs.
   */
  double value(Series of, int problem) {
    if (problem < problems()) {
      return series.get(of)[problem];
    }
    boolean high = (problem == problems()) != control;
    return high ? of.highest() : of.getLowest();
  }
}
