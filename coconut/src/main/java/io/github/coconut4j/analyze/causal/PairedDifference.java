package io.github.coconut4j.analyze.causal;

import io.github.coconut4j.evaluate.Interval;
import lombok.Value;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.apache.commons.math3.distribution.NormalDistribution;

/** The change of a share between two trials of the same cases. */
@Value
class PairedDifference {

  private static final double CONFIDENCE = 0.95;

  /** Number of cases, at least 1. */
  int cases;

  /** Number of cases that were right before and wrong after. */
  int lost;

  /** Number of cases that were wrong before and right after. */
  int gained;

  /**
   * Compares outcomes case by case.
   *
   * @param before whether each case was right
   * @param after the same cases in the same order
   */
  public static PairedDifference of(boolean[] before, boolean[] after) {
    int lost = 0;
    int gained = 0;
    for (int i = 0; i < before.length; i++) {
      lost += before[i] && !after[i] ? 1 : 0;
      gained += !before[i] && after[i] ? 1 : 0;
    }
    return new PairedDifference(before.length, lost, gained);
  }

  /** Share after minus share before, -1 to 1. */
  public double difference() {
    return (double) (gained - lost) / cases;
  }

  /**
   * 95 % confidence interval of the difference: Wald's after adding half a case to each of the four
   * cells, so that it has a width even if no case changed.
   *
   * <p>Source: Agresti and Min, Statistics in Medicine 24 (2005), 729.
   */
  public Interval interval() {
    double all = cases + 2.0;
    double better = (gained + 0.5) / all;
    double worse = (lost + 0.5) / all;
    double mean = better - worse;
    double deviation = Math.sqrt((better + worse - mean * mean) / all);
    double width =
        new NormalDistribution().inverseCumulativeProbability((1 + CONFIDENCE) / 2) * deviation;
    return new Interval(Math.max(-1, mean - width), Math.min(1, mean + width));
  }

  /**
   * Probability of a change at least as lopsided if there were none: McNemar's exact test, twice
   * the smaller tail.
   */
  public double probability() {
    BinomialDistribution changes = new BinomialDistribution(lost + gained, 0.5);
    return Math.min(1, 2 * changes.cumulativeProbability(Math.min(lost, gained)));
  }
}
