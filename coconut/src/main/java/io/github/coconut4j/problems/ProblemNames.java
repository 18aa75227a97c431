package io.github.coconut4j.problems;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The names of the people and concepts in problems with a graph. */
final class ProblemNames {

  private final Set<String> people = new LinkedHashSet<>();
  private final Set<String> concepts = new LinkedHashSet<>();

  private ProblemNames() {}

  /**
   * The names of a source if its problems have no others; else the extended names, followed by
   * further names of the problems. A file may come from any generator.
   *
   * @param names the source's names
   * @param problems its problems; they are read up to the first one without a graph, since names
   *     are not resampled for such problems
   */
  static ProsQaNames orMore(ProsQaNames names, List<ReasoningProblem> problems) {
    ProblemNames carried = new ProblemNames();
    for (ReasoningProblem problem : problems) {
      if (problem.getGraph().isEmpty()) {
        break;
      }
      carried.add(problem.getGraph().get());
    }
    return names.getPeople().containsAll(carried.people)
            && names.getConcepts().containsAll(carried.concepts)
        ? names
        : carried.after(ProsQaNames.extended());
  }

  private void add(ProblemGraph graph) {
    BitSet entered = new BitSet();
    graph.getEdges().forEach(edge -> entered.set(edge.to()));
    for (int node = 0; node < graph.getSymbols().size(); node++) {
      (entered.get(node) ? concepts : people).add(graph.getSymbols().get(node));
    }
  }

  private ProsQaNames after(ProsQaNames first) {
    return new ProsQaNames(
        joined(first.getPeople(), people), joined(first.getConcepts(), concepts));
  }

  private static List<String> joined(Collection<String> first, Collection<String> more) {
    Set<String> names = new LinkedHashSet<>(first);
    names.addAll(more);
    return List.copyOf(names);
  }
}
