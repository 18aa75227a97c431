package io.github.coconut4j.data;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lombok.Builder;
import lombok.Value;

/**
 * The directed graph behind a ProsQA problem (paper, appendix A.3): nodes are persons and concepts,
 * an edge is a fact, and the question asks which of two nodes the root reaches.
 *
 * <p>Nodes are numbered from 0 in the order of {@link #getSymbols()}.
 */
@Value
public class ProblemGraph {

  /** The name of each node; distinct and not blank. JSON key {@code idx_to_symbol}. */
  List<String> symbols;

  /** The facts. JSON key {@code edges}. */
  List<Edge> edges;

  /** The node the question is about. */
  int root;

  /** The option that the root reaches. */
  int target;

  /** The option that the root does not reach. JSON key {@code neg_target}. */
  int negativeTarget;

  /**
   * Creates a graph.
   *
   * @throws InvalidProblemException if a symbol is blank or repeated, or a node does not exist
   */
  @Builder
  public ProblemGraph(
      List<String> symbols, List<Edge> edges, int root, int target, int negativeTarget) {
    this.symbols = List.copyOf(symbols);
    this.edges = List.copyOf(edges);
    this.root = root;
    this.target = target;
    this.negativeTarget = negativeTarget;
    requireDistinctSymbols();
    requireNode("root", root);
    requireNode("target", target);
    requireNode("neg_target", negativeTarget);
    for (Edge edge : this.edges) {
      requireNode("an edge's start", edge.from());
      requireNode("an edge's end", edge.to());
    }
  }

  /**
   * A fact: "every {@code from} is a {@code to}".
   *
   * @param from node the edge leaves
   * @param to node the edge enters
   */
  public record Edge(int from, int to) {}

  private void requireDistinctSymbols() {
    Set<String> seen = new HashSet<>();
    for (String symbol : symbols) {
      ReasoningProblem.requireWhole("idx_to_symbol", symbol);
      if (symbol.isBlank() || !seen.add(symbol)) {
        throw new InvalidProblemException(
            "idx_to_symbol must hold distinct names, found '"
                + symbol
                + (symbol.isBlank() ? "'" : "' twice")
                + "; give every node a name of its own");
      }
    }
  }

  private void requireNode(String role, int node) {
    if (node < 0 || node >= symbols.size()) {
      throw new InvalidProblemException(
          String.format(
              Locale.ROOT,
              "%s must be a node from 0 to %d (idx_to_symbol has %d names), found %d;"
                  + " correct the number or add the missing name",
              role,
              symbols.size() - 1,
              symbols.size(),
              node));
    }
  }
}
