package io.github.coconut4j.analyze.tree;

import io.github.coconut4j.analyze.path.FactGraph;
import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.Value;

/**
 * The nodes around a problem's root, level by level, with the model's values after the thoughts
 * that replace as many steps as the level: level 1 has the root's children after the thoughts of
 * one step, and so on.
 *
 * <p>Source: arXiv 2412.06769, section 5.2.
 */
@Value
public class SearchTree {

  /** Index of the problem, from 0. */
  int problem;

  /** The node that the question is about. */
  String root;

  /** The node that the answer names. */
  String target;

  /** Number of thoughts that replace one step, at least 1. */
  int thoughtsPerStep;

  /** The levels from 1 on, none of them empty. */
  List<List<TreeNode>> levels;

  /**
   * Builds the tree of a problem each of whose steps one thought replaces.
   *
   * @param problem its index
   * @param values values of the concepts after 1, 2, … thoughts
   */
  public static SearchTree of(int problem, FactGraph graph, List<Map<String, Double>> values) {
    return of(problem, graph, values, 1);
  }

  /**
   * Builds a problem's tree.
   *
   * @param problem its index
   * @param values values of the concepts after 1, 2, … thoughts
   * @param thoughtsPerStep number of thoughts that replace one step, at least 1
   */
  public static SearchTree of(
      int problem, FactGraph graph, List<Map<String, Double>> values, int thoughtsPerStep) {
    Arguments.requireAtLeast(thoughtsPerStep, 1, "thoughtsPerStep");
    List<List<TreeNode>> levels = new ArrayList<>();
    for (int level = 1; level <= values.size() / thoughtsPerStep; level++) {
      Set<String> frontier = graph.frontier(level);
      if (frontier.isEmpty()) {
        break;
      }
      Map<String, Double> after = values.get(level * thoughtsPerStep - 1);
      levels.add(level(graph, graph.frontier(level - 1), frontier, after));
    }
    return new SearchTree(problem, graph.getRoot(), graph.getTarget(), thoughtsPerStep, levels);
  }

  private static List<TreeNode> level(
      FactGraph graph, Set<String> above, Set<String> frontier, Map<String, Double> values) {
    double sum = frontier.stream().mapToDouble(values::get).sum();
    return frontier.stream()
        .map(
            name ->
                TreeNode.builder()
                    .name(name)
                    .height(graph.height(name))
                    .leadsToTarget(graph.leadsToTarget(name))
                    .value(values.get(name))
                    .share(sum == 0 ? 1.0 / frontier.size() : values.get(name) / sum)
                    .parents(
                        above.stream().filter(node -> graph.children(node).contains(name)).toList())
                    .build())
        .toList();
  }

  /**
   * The number of thoughts after which a level's values are.
   *
   * @param level from 1
   */
  public int thoughts(int level) {
    return level * thoughtsPerStep;
  }

  /** Number of nodes below the root; a node on several levels counts once per level. */
  public int nodes() {
    return levels.stream().mapToInt(List::size).sum();
  }

  /**
   * The share of a level's largest values in the sum of its values.
   *
   * @param level from 1 to the number of levels
   * @param largest number of largest values, at least 1
   */
  public double topShare(int level, int largest) {
    return levels.get(level - 1).stream()
        .mapToDouble(node -> -node.getShare())
        .sorted()
        .limit(largest)
        .map(share -> -share)
        .sum();
  }
}
