package io.github.coconut4j.benchmarks;

import io.github.coconut4j.evaluate.Interval;
import java.util.Locale;

/**
 * Right answers to problems of one size after one number of thoughts.
 *
 * @param nodes names in a problem
 * @param steps of its shortest path to the answer
 * @param thoughts before each answer
 * @param problems their number, over all seeds
 * @param correct how many were answered right
 */
record DepthCell(int nodes, int steps, int thoughts, int problems, int correct) {

  double accuracy() {
    return (double) correct / problems;
  }

  Interval interval() {
    return Interval.wilson(correct, problems);
  }

  /** Accuracy and 95 % interval in percent, such as {@code 88.8 (86.5 to 90.7)}. */
  String toPercent() {
    Interval interval = interval();
    return String.format(
        Locale.ROOT,
        "%.1f (%.1f to %.1f)",
        100 * accuracy(),
        100 * interval.getLow(),
        100 * interval.getHigh());
  }
}
