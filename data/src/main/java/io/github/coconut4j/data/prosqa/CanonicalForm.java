package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A text for a ProsQA question that does not depend on names, on the order of facts or on the order
 * of the two options: two questions have equal forms if and only if one becomes the other by
 * renaming and reordering. It is used to keep a test set's questions out of a training set.
 */
public final class CanonicalForm {

  private static final int ROOT = 1;
  private static final int OPTION = 2;
  private static final int PERSON = 4;

  private CanonicalForm() {}

  /**
   * The canonical form of a problem's question; steps and answer, which follow from it, are
   * ignored.
   *
   * @throws InvalidProblemException if the question does not have ProsQA's form
   */
  public static String of(ReasoningProblem problem) {
    return of(ProsQaQuestion.parse(problem.getQuestion()));
  }

  /** The canonical form of a question. */
  public static String of(ProsQaQuestion question) {
    Map<String, Integer> nodes = new LinkedHashMap<>();
    Set<String> people = new TreeSet<>();
    Set<ProsQaFact> facts = Set.copyOf(question.getFacts());
    List<Edge> edges = new ArrayList<>(facts.size());
    for (ProsQaFact fact : facts) {
      edges.add(new Edge(number(fact.subject(), nodes), number(fact.object(), nodes)));
      if (fact.person()) {
        people.add(fact.subject());
      }
    }
    int root = number(question.getRoot(), nodes);
    int first = number(question.getFirstOption(), nodes);
    int second = number(question.getSecondOption(), nodes);
    int[] colours = new int[nodes.size()];
    colours[root] |= ROOT;
    colours[first] |= OPTION;
    colours[second] |= OPTION;
    people.forEach(person -> colours[nodes.get(person)] |= PERSON);
    return form(colours, edges);
  }

  private static int number(String name, Map<String, Integer> nodes) {
    nodes.putIfAbsent(name, nodes.size());
    return nodes.get(name);
  }

  /** The nodes' colours and the edges, both in canonical order. */
  private static String form(int[] colours, List<Edge> edges) {
    int[] positions = CanonicalLabelling.of(colours, edges);
    int[] sortedColours = colours.clone();
    Arrays.sort(sortedColours);
    int[] codes = CanonicalLabelling.edgeCodes(positions, edges);
    return Arrays.stream(sortedColours).mapToObj(Integer::toString).collect(Collectors.joining())
        + Arrays.stream(codes).mapToObj(code -> " " + code).collect(Collectors.joining());
  }
}
