package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Makes ProsQA problems like the published ones (paper, section 4.1 and appendix A.3), whose
 * statistics they share: a random graph with two roots, a question about one of the deepest nodes
 * below either, one of the shortest paths as steps, and a node below the other root as the wrong
 * option.
 *
 * <p>Equal options give the same problems in the same order. Not for use by several threads.
 */
public final class ProsQaGenerator {

  private static final int ATTEMPTS = 200_000;

  private final ProsQaOptions options;
  private final RandomGenerator random;

  /** Creates a generator that starts from the options' seed. */
  public ProsQaGenerator(ProsQaOptions options) {
    this.options = options;
    this.random = new SplittableRandom(options.getSeed());
  }

  /**
   * The next problem.
   *
   * @throws IllegalStateException if {@value #ATTEMPTS} graphs have no question within the options
   */
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
            + "; allow more nodes or shorter chains.");
  }

  /** The next {@code count} problems; some may be the same graph and question under other names. */
  public List<ReasoningProblem> generate(int count) {
    return generate(count, Set.of());
  }

  /**
   * The next {@code count} problems that are none of the excluded ones.
   *
   * @param excluded canonical forms ({@link CanonicalForm#of}), of a test set for instance
   * @throws IllegalStateException if {@value #ATTEMPTS} problems in a row are excluded
   */
  public List<ReasoningProblem> generate(int count, Set<String> excluded) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "The number of problems must be 0 or more, found " + count);
    }
    List<ReasoningProblem> problems = new ArrayList<>();
    int rejected = 0;
    while (problems.size() < count) {
      ReasoningProblem problem = next();
      if (excluded.isEmpty() || !excluded.contains(CanonicalForm.of(problem))) {
        problems.add(problem);
        rejected = 0;
      } else if (++rejected == ATTEMPTS) {
        throw new IllegalStateException(
            "Problems must remain beside the "
                + excluded.size()
                + " excluded ones, found "
                + ATTEMPTS
                + " excluded in a row; allow more nodes or exclude less.");
      }
    }
    return problems;
  }

  private Optional<ReasoningProblem> attempt() {
    LabelledGraph graph = LabelledGraph.grow(options.getNodes(), random);
    if (!graph.hasEdges(0) || !graph.hasEdges(1)) {
      return Optional.empty();
    }
    LabelledGraph trimmed = graph.withoutLoneNodes();
    Adjacency adjacency = new Adjacency(trimmed.size(), trimmed.edges());
    return drawOptions(trimmed, adjacency)
        .flatMap(
            pair -> drawSymbols(trimmed).map(names -> problem(trimmed, adjacency, pair, names)));
  }

  private record OptionPair(int root, int target, int negativeTarget) {}

  private Optional<OptionPair> drawOptions(LabelledGraph graph, Adjacency adjacency) {
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
      others = asDeepAs(target, others, adjacency.distancesFromPeople());
    }
    if (others.isEmpty()) {
      return Optional.empty();
    }
    int negativeTarget = RandomDraws.element(others, random);
    return Optional.of(new OptionPair(fromLeft ? 0 : 1, target, negativeTarget));
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

  /** A name for each node, or nothing if there are more people or concepts than names. */
  private Optional<List<String>> drawSymbols(LabelledGraph graph) {
    List<String> people = options.getNames().getPeople();
    List<String> concepts = options.getNames().getConcepts();
    int peopleCount = 0;
    for (int node = 0; node < graph.size(); node++) {
      peopleCount += graph.isPerson(node) ? 1 : 0;
    }
    if (peopleCount > people.size() || graph.size() - peopleCount > concepts.size()) {
      return Optional.empty();
    }
    var nextPerson = RandomDraws.shuffled(people, random).iterator();
    var nextConcept = RandomDraws.shuffled(concepts, random).iterator();
    List<String> symbols = new ArrayList<>(graph.size());
    for (int node = 0; node < graph.size(); node++) {
      symbols.add(graph.isPerson(node) ? nextPerson.next() : nextConcept.next());
    }
    return Optional.of(symbols);
  }

  private ReasoningProblem problem(
      LabelledGraph graph, Adjacency adjacency, OptionPair pair, List<String> symbols) {
    List<ProsQaFact> facts =
        graph.edges().stream().map(edge -> fact(graph, symbols, edge.from(), edge.to())).toList();
    String root = symbols.get(pair.root());
    String target = symbols.get(pair.target());
    List<String> choices =
        RandomDraws.shuffled(List.of(target, symbols.get(pair.negativeTarget())), random);
    List<Integer> path = adjacency.shortestPath(pair.root(), pair.target(), random);
    List<String> steps = new ArrayList<>();
    for (int i = 1; i < path.size(); i++) {
      steps.add(fact(graph, symbols, path.get(i - 1), path.get(i)).sentence());
    }
    ProsQaQuestion question =
        new ProsQaQuestion(
            RandomDraws.shuffled(facts, random), root, choices.get(0), choices.get(1));
    return new ReasoningProblem(
        question.text(),
        steps,
        new ProsQaFact(root, true, target).sentence(),
        new ProblemGraph(
            symbols, graph.edges(), pair.root(), pair.target(), pair.negativeTarget()));
  }

  private static ProsQaFact fact(LabelledGraph graph, List<String> symbols, int from, int to) {
    return new ProsQaFact(symbols.get(from), graph.isPerson(from), symbols.get(to));
  }
}
