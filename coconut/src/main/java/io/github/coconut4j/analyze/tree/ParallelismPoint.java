package io.github.coconut4j.analyze.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lombok.Value;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * How many branches the model covers after the thoughts of a step: the share of the largest values
 * of a frontier, at a percentile of the problems. A low share of the largest value means that
 * several branches are kept.
 *
 * <p>Source: arXiv 2412.06769, section 5.3, the curves of the first and the second thought.
 */
@Value
public class ParallelismPoint {

  private static final int STEP = 5;

  /** Number of thoughts. */
  int thoughts;

  /**
   * Number of problems whose frontier has at least two nodes; a single node always has the whole
   * share.
   */
  int problems;

  /** Percentile of those problems. */
  int percentile;

  /** Share of the largest value, 0 to 1. */
  double top1;

  /** Share of the two largest. */
  double top2;

  /** Share of the three largest. */
  double top3;

  /**
   * The curves of a level, one point for every fifth percentile; empty without problems.
   *
   * @param trees trees of one model
   * @param level from 1
   */
  public static List<ParallelismPoint> curve(List<SearchTree> trees, int level) {
    List<SearchTree> branching =
        trees.stream()
            .filter(tree -> tree.getLevels().size() >= level)
            .filter(tree -> tree.getLevels().get(level - 1).size() >= 2)
            .toList();
    List<ParallelismPoint> curve = new ArrayList<>();
    if (!branching.isEmpty()) {
      List<double[]> shares =
          IntStream.rangeClosed(1, 3).mapToObj(top -> shares(branching, level, top)).toList();
      int thoughts = branching.get(0).thoughts(level);
      for (int percentile = 0; percentile <= 100; percentile += STEP) {
        curve.add(point(thoughts, percentile, shares));
      }
    }
    return curve;
  }

  private static double[] shares(List<SearchTree> trees, int level, int top) {
    return trees.stream().mapToDouble(tree -> tree.topShare(level, top)).sorted().toArray();
  }

  private static ParallelismPoint point(int thoughts, int percentile, List<double[]> shares) {
    return new ParallelismPoint(
        thoughts,
        shares.get(0).length,
        percentile,
        at(percentile, shares.get(0)),
        at(percentile, shares.get(1)),
        at(percentile, shares.get(2)));
  }

  private static double at(int percentile, double[] sorted) {
    return percentile == 0 ? sorted[0] : new Percentile(percentile).evaluate(sorted);
  }
}
