package io.github.coconut4j.audit;

import io.github.coconut4j.evaluate.Interval;
import lombok.Value;

/** A statistic and its 95 % interval; both null if it cannot be measured. */
@Value
class Estimate {

  static final Estimate NONE = new Estimate(null, null);

  Double value;
  Interval interval;

  boolean isMeasured() {
    return value != null;
  }

  /** Whether the whole interval lies above a threshold. */
  boolean isAbove(double threshold) {
    return isMeasured() && interval.getLow() > threshold;
  }

  /** Whether the whole interval lies below a threshold. */
  boolean isBelow(double threshold) {
    return isMeasured() && interval.getHigh() < threshold;
  }
}
