package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import lombok.Value;

/**
 * The scores of two rules that look only at each option and follow no path from the root. A model
 * that reasons must exceed them. If a rule cannot decide, the problem counts one half.
 */
@Value
public class ShortcutBaselines {

  /** Number of problems, each of which has a graph. */
  int problems;

  /**
   * Share, 0 to 1, of problems whose answer is deeper than the other option, counted from the
   * nearest person.
   */
  double deeperOption;

  /** Share, 0 to 1, of problems whose answer has fewer incoming edges. */
  double fewerIncoming;

  /**
   * Measures both rules; empty unless all problems have a graph, since scores of some could not be
   * compared with a model's of all.
   */
  public static Optional<ShortcutBaselines> measure(Collection<ReasoningProblem> problems) {
    if (problems == null) {
      throw new IllegalArgumentException(
          "The problems must be given, but are null. Give an empty list for none.");
    }
    List<ProblemGraph> graphs =
        problems.stream().flatMap(problem -> problem.getGraph().stream()).toList();
    if (graphs.isEmpty() || graphs.size() < problems.size()) {
      return Optional.empty();
    }
    double deeper = 0;
    double fewer = 0;
    for (ProblemGraph graph : graphs) {
      Adjacency adjacency = new Adjacency(graph.getSymbols().size(), graph.getEdges());
      int[] depths = adjacency.distancesFromPeople();
      deeper += score(depths[graph.getTarget()], depths[graph.getNegativeTarget()]);
      fewer +=
          score(
              adjacency.parents(graph.getNegativeTarget()).size(),
              adjacency.parents(graph.getTarget()).size());
    }
    return Optional.of(
        new ShortcutBaselines(graphs.size(), deeper / graphs.size(), fewer / graphs.size()));
  }

  private static double score(int greater, int smaller) {
    return greater == smaller ? 0.5 : greater > smaller ? 1 : 0;
  }
}
