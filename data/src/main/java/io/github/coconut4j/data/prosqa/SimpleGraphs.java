package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.prosqa.TwoSidedGraph.Side;
import java.util.ArrayList;
import java.util.List;

/** Kinds of graphs with only one graph per size. */
final class SimpleGraphs {

  private SimpleGraphs() {}

  /**
   * {@code count} chains, each of a person and {@code steps} concepts; the question is about one of
   * the first two.
   */
  static TwoSidedGraph chains(int count, int steps) {
    List<Edge> edges = new ArrayList<>();
    for (int chain = 0; chain < count; chain++) {
      int first = chain * (steps + 1);
      for (int step = 0; step < steps; step++) {
        edges.add(new Edge(first + step, first + step + 1));
      }
    }
    return new TwoSidedGraph(
        count * (steps + 1), edges, new Side(0, steps), new Side(steps + 1, 2 * steps + 1));
  }

  /** Two stars with {@code arms} arms each; the question is about the end of an arm. */
  static TwoSidedGraph stars(int arms, int steps) {
    int star = 1 + arms * steps;
    List<Edge> edges = new ArrayList<>();
    for (int centre = 0; centre <= star; centre += star) {
      for (int arm = 0; arm < arms; arm++) {
        int before = centre;
        for (int step = 1; step <= steps; step++) {
          int node = centre + arm * steps + step;
          edges.add(new Edge(before, node));
          before = node;
        }
      }
    }
    return new TwoSidedGraph(2 * star, edges, new Side(0, steps), new Side(star, star + steps));
  }
}
