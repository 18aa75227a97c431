package io.github.coconut4j.evaluate;

import java.util.Locale;
import lombok.Value;
import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/** A 95 % confidence interval of a share, both ends in [0, 1]. */
@Value
public class Interval {

  private static final double CONFIDENCE = 0.95;

  /** Lower end. */
  double low;

  /** Upper end. */
  double high;

  /**
   * The interval of Wilson (1927), which is also valid near 0 and 1 and for few trials.
   *
   * @param successes 0 to {@code trials}
   * @param trials at least 1
   */
  public static Interval wilson(int successes, int trials) {
    ConfidenceInterval interval =
        new WilsonScoreInterval().createInterval(trials, successes, CONFIDENCE);
    return new Interval(
        successes == 0 ? 0 : Math.max(0, interval.getLowerBound()),
        successes == trials ? 1 : Math.min(1, interval.getUpperBound()));
  }

  /** Distance between the ends. */
  public double width() {
    return high - low;
  }

  /** Both ends in percent, such as {@code 48.1 - 56.9}. */
  public String toPercent() {
    return String.format(Locale.ROOT, "%.1f - %.1f", 100 * low, 100 * high);
  }
}
