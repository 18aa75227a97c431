package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Generates ProsQA problems with the statistics of the published ones (paper, section 4.1 and
 * appendix A.3): a random graph with two roots, a question about one of the deepest nodes below
 * either, one of the shortest paths as steps, and a node below the other root as the wrong option.
 */
public final class ProsQaGenerator extends ProblemGenerator {

  private static final int ATTEMPTS = 200_000;

  private final ProsQaOptions options;
  private final RandomGenerator random;

  /** Creates a generator that starts from the options' seed. */
  public ProsQaGenerator(ProsQaOptions options) {
    super(ATTEMPTS);
    this.options = options;
    this.random = new SplittableRandom(options.getSeed());
  }

  /**
   * Generates the next problem.
   *
   * @throws IllegalStateException if {@value #ATTEMPTS} graphs have no question within the options
   */
  @Override
  public ReasoningProblem next() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<ReasoningProblem> problem = attempt();
      if (problem.isPresent()) {
        return problem.get();
      }
    }
    throw new IllegalStateException(
        "Problems must exist for the options, found none in "
            + ATTEMPTS
            + " graphs for "
            + options
            + "; allow more nodes or shorter chains, or take problems that are constructed"
            + " (prosqa-deep).");
  }

  private Optional<ReasoningProblem> attempt() {
    LabelledGraph graph = LabelledGraph.grow(options.getNodes(), random);
    if (!graph.hasEdges(0) || !graph.hasEdges(1)) {
      return Optional.empty();
    }
    LabelledGraph trimmed = graph.withoutLoneNodes();
    return drawQuestion(trimmed).flatMap(question -> question.problem(options.getNames(), random));
  }

  private Optional<GraphQuestion> drawQuestion(LabelledGraph graph) {
    List<Integer> left = graph.sinks(LabelledGraph.LEFT);
    List<Integer> right = graph.sinks(LabelledGraph.RIGHT);
    if (left.isEmpty() || right.isEmpty()) {
      return Optional.empty();
    }
    int target = RandomDraws.element(deepest(graph, left, right), random);
    int steps = graph.depth(target);
    if (steps < options.getMinSteps() || steps > options.getMaxSteps()) {
      return Optional.empty();
    }
    boolean fromLeft = graph.label(target) == LabelledGraph.LEFT;
    List<Integer> others = fromLeft ? right : left;
    if (options.isBalanced()) {
      int[] depths = new Adjacency(graph.size(), graph.edges()).distancesFromPeople();
      others = asDeepAs(target, others, depths);
    }
    if (others.isEmpty()) {
      return Optional.empty();
    }
    int negativeTarget = RandomDraws.element(others, random);
    return Optional.of(
        new GraphQuestion(graph.size(), graph.edges(), fromLeft ? 0 : 1, target, negativeTarget));
  }

  private static List<Integer> deepest(
      LabelledGraph graph, List<Integer> left, List<Integer> right) {
    List<Integer> sinks = new ArrayList<>(left);
    sinks.addAll(right);
    int depth = sinks.stream().mapToInt(graph::depth).max().orElseThrow();
    sinks.removeIf(sink -> graph.depth(sink) < depth);
    return sinks;
  }

  private static List<Integer> asDeepAs(int target, List<Integer> others, int[] depths) {
    return others.stream().filter(other -> depths[other] == depths[target]).toList();
  }
}
