package io.github.coconut4j.problems;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names of the people and concepts in problems with a graph. */
final class ProblemNames {

  /** The first problem of each name, by the name. */
  private final Map<String, Integer> people = new LinkedHashMap<>();

  private final Map<String, Integer> concepts = new LinkedHashMap<>();

  private ProblemNames() {}

  /**
   * The names of a source if its problems have no others; else the extended names, followed by
   * further names of the problems. A file may come from any generator.
   *
   * @param names the source's names
   * @param problems its problems; they are read up to the first one without a graph, since names
   *     are not resampled for such problems
   * @throws InvalidProblemException if a name is a person's and a concept's
   */
  static ProsQaNames orMore(ProsQaNames names, List<ReasoningProblem> problems) {
    ProblemNames carried = new ProblemNames();
    int number = 0;
    for (ReasoningProblem problem : problems) {
      if (problem.getGraph().isEmpty()) {
        break;
      }
      carried.add(problem.getGraph().get(), number++);
    }
    return names.getPeople().containsAll(carried.people.keySet())
            && names.getConcepts().containsAll(carried.concepts.keySet())
        ? names
        : carried.after(ProsQaNames.extended());
  }

  private void add(ProblemGraph graph, int number) {
    BitSet entered = new BitSet();
    graph.getEdges().forEach(edge -> entered.set(edge.to()));
    for (int node = 0; node < graph.getSymbols().size(); node++) {
      (entered.get(node) ? concepts : people).putIfAbsent(graph.getSymbols().get(node), number);
    }
  }

  private ProsQaNames after(ProsQaNames first) {
    List<String> allPeople = joined(first.getPeople(), people.keySet());
    List<String> allConcepts = joined(first.getConcepts(), concepts.keySet());
    Set<String> both = new LinkedHashSet<>(allPeople);
    both.retainAll(allConcepts);
    if (!both.isEmpty()) {
      throw inBoth(both.iterator().next());
    }
    return new ProsQaNames(allPeople, allConcepts);
  }

  private InvalidProblemException inBoth(String name) {
    return new InvalidProblemException(
        "a name must be a person's, with no edge to its node, in all problems or in none where"
            + " problems are renamed (augment) or written as phrases (a model from scratch), found "
            + name
            + " as a person's in "
            + place(people.get(name))
            + " and as a concept's in "
            + place(concepts.get(name))
            + "; rename one of them, or start from a model with a tokenizer and without augment");
  }

  private static String place(Integer number) {
    return number == null ? "the library's own names" : "problem " + number + " (counted from 0)";
  }

  private static List<String> joined(Collection<String> first, Collection<String> more) {
    Set<String> names = new LinkedHashSet<>(first);
    names.addAll(more);
    return List.copyOf(names);
  }
}
