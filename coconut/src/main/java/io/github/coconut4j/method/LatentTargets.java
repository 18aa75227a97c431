package io.github.coconut4j.method;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;

/**
 * The tokens that the latents of each step are asked for, all equally: of a problem that carries
 * its graph one for each node of the search's frontier, else the distinct tokens of the problem's
 * step.
 *
 * <p>The token of a node is the first that tells it from other nodes where the next written step
 * would begin with it, {@code Every X}; of a node without children where a step ends with it,
 * {@code is a X.}
 */
@RequiredArgsConstructor
final class LatentTargets {

  private final ReasoningProblem problem;
  private final TextTokenizer tokenizer;
  private final FrontierTargets kind;

  /** For each step from the first its tokens; none where no node is left. */
  List<int[]> tokens() {
    if (problem.getGraph().isEmpty()) {
      return problem.getSteps().stream()
          .map(step -> IntStream.of(tokenizer.encode(step)).distinct().toArray())
          .toList();
    }
    ProblemGraph graph = problem.getGraph().get();
    int[] distances = distances(graph);
    BitSet chosen = chosen(graph);
    int deepest = IntStream.of(distances).max().orElse(0);
    List<int[]> tokens = new ArrayList<>();
    for (int depth = 1; depth <= deepest; depth++) {
      int distance = depth;
      tokens.add(
          IntStream.range(0, distances.length)
              .filter(node -> distances[node] == distance && chosen.get(node))
              .map(node -> token(graph, node))
              .distinct()
              .toArray());
    }
    return tokens;
  }

  /** Edges from the root to each node, -1 where it is not reached. */
  private static int[] distances(ProblemGraph graph) {
    int[] distances = new int[graph.getSymbols().size()];
    Arrays.fill(distances, -1);
    List<Integer> reached = new ArrayList<>(List.of(graph.getRoot()));
    distances[graph.getRoot()] = 0;
    for (int next = 0; next < reached.size(); next++) {
      int from = reached.get(next);
      for (Edge edge : graph.getEdges()) {
        if (edge.from() == from && distances[edge.to()] < 0) {
          distances[edge.to()] = distances[from] + 1;
          reached.add(edge.to());
        }
      }
    }
    return distances;
  }

  private BitSet chosen(ProblemGraph graph) {
    BitSet chosen = new BitSet();
    switch (kind) {
      case FRONTIER -> chosen.set(0, graph.getSymbols().size());
      case PATHS -> {
        chosen.or(ancestors(graph, graph.getTarget()));
        chosen.or(ancestors(graph, graph.getNegativeTarget()));
      }
      case CHAIN -> problem.getSteps().forEach(step -> chosen.set(end(graph, step)));
    }
    return chosen;
  }

  /** A node and all from which it is reached. */
  private static BitSet ancestors(ProblemGraph graph, int node) {
    BitSet ancestors = new BitSet();
    List<Integer> found = new ArrayList<>(List.of(node));
    ancestors.set(node);
    for (int next = 0; next < found.size(); next++) {
      for (Edge edge : graph.getEdges()) {
        if (edge.to() == found.get(next) && !ancestors.get(edge.from())) {
          ancestors.set(edge.from());
          found.add(edge.from());
        }
      }
    }
    return ancestors;
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

  private int token(ProblemGraph graph, int node) {
    boolean hasChildren = graph.getEdges().stream().anyMatch(edge -> edge.from() == node);
    int[] own = tokenizer.encode(phrase(graph, node, hasChildren));
    int common =
        graph.getEdges().stream()
            .mapToInt(Edge::to)
            .filter(other -> other != node)
            .map(other -> commonTokens(own, tokenizer.encode(phrase(graph, other, hasChildren))))
            .max()
            .orElse(0);
    return own[Math.min(common, own.length - 1)];
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
