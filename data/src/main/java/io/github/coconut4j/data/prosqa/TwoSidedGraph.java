package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph.Edge;
import java.util.List;

/**
 * A graph with two sides, either of which may be asked about: a person on each side reaches the
 * option of that side and not that of the other.
 *
 * @param nodes number of nodes
 * @param edges distinct edges between them
 * @param left one side
 * @param right the other
 */
record TwoSidedGraph(int nodes, List<Edge> edges, Side left, Side right) {

  /**
   * The nodes of a side that a question names.
   *
   * @param root the person
   * @param option the node that the person reaches
   */
  record Side(int root, int option) {}

  /**
   * Smallest number of common nodes of two sides, so that following facts in either direction finds
   * both sides: the remaining nodes, and 2 rather than none if there is room.
   */
  static int leastCommon(int nodes, int steps) {
    return nodes % 2 == 1 ? 1 : nodes >= 2 * (steps + 2) ? 2 : 0;
  }

  /** The question whose answer is on the left or the right side. */
  GraphQuestion question(boolean answerIsLeft) {
    Side asked = answerIsLeft ? left : right;
    Side other = answerIsLeft ? right : left;
    return new GraphQuestion(nodes, edges, asked.root(), asked.option(), other.option());
  }
}
