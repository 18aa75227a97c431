package io.github.coconut4j.method;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.Adjacency;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;

/**
 * The target tokens for the latents of each step, with equal probabilities. For a problem with a
 * graph, there is one token for each node of the search's frontier, otherwise the distinct tokens
 * of the problem's step.
 *
 * <p>The token of a node is the first that distinguishes it from other nodes at the start of the
 * next written step, {@code Every X}; for a node without children, at the end of a step, {@code is
 * a X.}
 */
@RequiredArgsConstructor
final class LatentTargets {

  private final ReasoningProblem problem;
  private final TextTokenizer tokenizer;
  private final FrontierTargets kind;

  /** Tokens by phrase: each node is compared with all others, and encoding is a native call. */
  private final Map<String, int[]> encoded = new HashMap<>();

  /** The tokens of each step, from the first; empty for a step without nodes. */
  List<int[]> tokens() {
    if (problem.getGraph().isEmpty()) {
      return problem.getSteps().stream()
          .map(step -> IntStream.of(tokenizer.encode(step)).distinct().toArray())
          .toList();
    }
    ProblemGraph graph = problem.getGraph().get();
    Adjacency adjacency = new Adjacency(graph.getSymbols().size(), graph.getEdges());
    int[] ends = graph.getEdges().stream().mapToInt(Edge::to).distinct().toArray();
    return nodes(graph, adjacency)
        .map(
            nodes ->
                nodes
                    .map(node -> token(graph, ends, !adjacency.children(node).isEmpty(), node))
                    .distinct()
                    .toArray())
        .toList();
  }

  /** The nodes of each step, from the first. */
  private Stream<IntStream> nodes(ProblemGraph graph, Adjacency adjacency) {
    return switch (kind) {
      case FRONTIER -> byDistance(graph, adjacency, node -> true);
      case PATHS -> {
        int[] toOption =
            adjacency
                .reversed()
                .distancesFrom(List.of(graph.getTarget(), graph.getNegativeTarget()));
        yield byDistance(graph, adjacency, node -> toOption[node] != Adjacency.UNREACHABLE);
      }
      case CHAIN -> problem.getSteps().stream().map(step -> IntStream.of(end(graph, step)));
    };
  }

  /** Some of the nodes by their distance from the root, from 1. */
  private static Stream<IntStream> byDistance(
      ProblemGraph graph, Adjacency adjacency, IntPredicate chosen) {
    int[] distances = adjacency.distancesFrom(List.of(graph.getRoot()));
    int farthest = IntStream.of(distances).filter(d -> d != Adjacency.UNREACHABLE).max().orElse(0);
    return IntStream.rangeClosed(1, farthest)
        .mapToObj(
            distance ->
                IntStream.range(0, distances.length)
                    .filter(node -> distances[node] == distance && chosen.test(node)));
  }

  /** The node that a step's sentence ends with. */
  private static int end(ProblemGraph graph, String step) {
    String name = step.substring(step.lastIndexOf(' ') + 1).replace(".", "");
    int node = graph.getSymbols().indexOf(name);
    if (node < 0) {
      throw new IllegalArgumentException(
          "A step of a problem with a graph must end with one of its nodes, but is '"
              + step
              + "'. Set `frontier_targets: frontier`.");
    }
    return node;
  }

  /**
   * The token of a node.
   *
   * @param ends the nodes that it is distinguished from, those with incoming edges
   */
  private int token(ProblemGraph graph, int[] ends, boolean hasChildren, int node) {
    int[] own = encoded(graph, node, hasChildren);
    int common =
        IntStream.of(ends)
            .filter(other -> other != node)
            .map(other -> commonTokens(own, encoded(graph, other, hasChildren)))
            .max()
            .orElse(0);
    return own[Math.min(common, own.length - 1)];
  }

  private int[] encoded(ProblemGraph graph, int node, boolean asSubject) {
    return encoded.computeIfAbsent(phrase(graph, node, asSubject), tokenizer::encode);
  }

  private static String phrase(ProblemGraph graph, int node, boolean asSubject) {
    String name = graph.getSymbols().get(node);
    return asSubject ? "Every " + name : " is a " + name + ".";
  }

  private static int commonTokens(int[] first, int[] second) {
    int different = Arrays.mismatch(first, second);
    return different < 0 ? first.length : different;
  }
}
