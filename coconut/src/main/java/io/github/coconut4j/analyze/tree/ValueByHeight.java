package io.github.coconut4j.analyze.tree;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lombok.Value;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * The mean value of the frontier's nodes of one height. The paper finds that correct and incorrect
 * nodes are distinguished well near a leaf and less well higher up (arXiv 2412.06769, section 5.3).
 */
@Value
public class ValueByHeight {

  /** Number of thoughts. */
  int thoughts;

  /** Least number of edges to a leaf. */
  int height;

  /** Whether the answer can be reached from the nodes. */
  boolean leadsToTarget;

  /** Number of nodes, over all problems. */
  int nodes;

  /** Mean of their values, 0 to 1. */
  double meanValue;

  /** Standard error of the mean; 0 for a single node. */
  double standardError;

  /**
   * All groups that occur on a level, by height.
   *
   * @param trees trees of one model
   * @param level from 1
   */
  public static List<ValueByHeight> of(List<SearchTree> trees, int level) {
    List<ValueByHeight> groups = new ArrayList<>();
    int thoughts = trees.isEmpty() ? level : trees.get(0).thoughts(level);
    for (boolean leads : new boolean[] {true, false}) {
      Map<Integer, SummaryStatistics> byHeight = new TreeMap<>();
      trees.stream()
          .filter(tree -> tree.getLevels().size() >= level)
          .flatMap(tree -> tree.getLevels().get(level - 1).stream())
          .filter(node -> node.isLeadsToTarget() == leads)
          .forEach(
              node ->
                  byHeight
                      .computeIfAbsent(node.getHeight(), height -> new SummaryStatistics())
                      .addValue(node.getValue()));
      byHeight.forEach((height, values) -> groups.add(group(thoughts, height, leads, values)));
    }
    groups.sort(Comparator.comparingInt(ValueByHeight::getHeight));
    return groups;
  }

  private static ValueByHeight group(
      int thoughts, int height, boolean leads, SummaryStatistics values) {
    return new ValueByHeight(
        thoughts,
        height,
        leads,
        (int) values.getN(),
        values.getMean(),
        values.getStandardDeviation() / Math.sqrt((double) values.getN()));
  }
}
