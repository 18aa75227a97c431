package io.github.coconut4j.benchmarks;

import java.util.Collection;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * How fast answers came.
 *
 * @param perSecond answers a second
 * @param median milliseconds of a call
 * @param p99 milliseconds that 99 % of the calls stayed below
 */
record Rate(double perSecond, double median, double p99) {

  /**
   * What calls have measured.
   *
   * @param milliseconds of each call
   * @param answers of each call
   * @param seconds that all took
   */
  static Rate of(Collection<Double> milliseconds, int answers, double seconds) {
    Percentile percentile = new Percentile();
    percentile.setData(milliseconds.stream().mapToDouble(Double::doubleValue).toArray());
    return new Rate(
        milliseconds.size() * (double) answers / seconds,
        percentile.evaluate(50),
        percentile.evaluate(99));
  }
}
