package io.github.coconut4j.audit;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.path.FactGraph;
import io.github.coconut4j.analyze.path.PathVerifier;
import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.ThoughtBatch;
import io.github.coconut4j.analyze.tree.ConceptScorer;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.TreeNode;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How well the values of a frontier's nodes identify those that lead to the answer: after the
 * thoughts of k steps for the frontier of k steps, as in the search tree, for every k before the
 * last step. A model without thoughts is measured after the question.
 */
final class FrontierRanks {

  private final List<ReasoningProblem> problems;
  private final List<FactGraph> graphs;
  private final ConceptScorer scorer;

  /** Number of thoughts that replace one step. */
  private final int thoughtsPerStep;

  FrontierRanks(CoconutModel model, List<ReasoningProblem> problems, List<PathVerifier> verifiers) {
    this.problems = problems;
    graphs = verifiers.stream().map(PathVerifier::getGraph).toList();
    scorer = new ConceptScorer(model.getTokenizer(), graphs.get(0).concepts().get(0));
    thoughtsPerStep = model.getConfig().thoughtsPerStep();
  }

  /**
   * Ranks the nodes of a batch's problems.
   *
   * @param thoughts largest number of thoughts, 0 without any
   * @param ranks receives for each problem the mean over its frontiers of the share of pairs (a
   *     node that leads to the answer, a node that does not) in which the former has the larger
   *     value; NaN if no frontier has both
   */
  void rank(ThoughtBatch batch, int thoughts, double[] ranks) {
    int[] numbers = batch.getProblems();
    List<List<Map<String, Double>>> values = new ArrayList<>();
    for (int level = 1; level <= levels(numbers, thoughts); level++) {
      if (thoughts > 0 || values.isEmpty()) {
        batch.think(thoughts == 0 ? 0 : level * thoughtsPerStep, LatentIntervention.NONE);
        values.add(
            scorer.score(
                batch, Arrays.stream(numbers).mapToObj(i -> graphs.get(i).concepts()).toList()));
      } else {
        values.add(values.get(0));
      }
    }
    for (int row = 0; row < numbers.length; row++) {
      int one = row;
      ranks[numbers[row]] = rank(numbers[row], values.stream().map(all -> all.get(one)).toList());
    }
  }

  /**
   * Number of frontiers before the last step of the longest problem, at most one per step's
   * thoughts.
   */
  private int levels(int[] numbers, int thoughts) {
    int steps = Arrays.stream(numbers).map(i -> problems.get(i).getSteps().size()).max().orElse(0);
    return thoughts == 0 ? steps - 1 : Math.min(thoughts / thoughtsPerStep, steps - 1);
  }

  private double rank(int problem, List<Map<String, Double>> values) {
    int levels = Math.min(values.size(), problems.get(problem).getSteps().size() - 1);
    SearchTree tree =
        SearchTree.of(problem, graphs.get(problem), values.subList(0, Math.max(0, levels)));
    return tree.getLevels().stream()
        .map(FrontierRanks::rank)
        .flatMapToDouble(OptionalDouble::stream)
        .average()
        .orElse(Double.NaN);
  }

  /** Mann and Whitney's statistic as a share of the pairs; ties count half. */
  static OptionalDouble rank(List<TreeNode> frontier) {
    return frontier.stream()
        .filter(TreeNode::isLeadsToTarget)
        .flatMapToDouble(
            leads ->
                frontier.stream()
                    .filter(other -> !other.isLeadsToTarget())
                    .mapToDouble(other -> (1 + sign(leads, other)) / 2))
        .average();
  }

  private static double sign(TreeNode first, TreeNode second) {
    return Math.signum(first.getValue() - second.getValue());
  }
}
