package io.github.coconut4j.analyze.path;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaFact;
import io.github.coconut4j.data.prosqa.ProsQaQuestion;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import lombok.Getter;

/**
 * The graph that a ProsQA problem's text describes: nodes are names, an edge is a fact. It is read
 * from the sentences, whether or not the problem contains its graph.
 */
public final class FactGraph {

  private final Map<String, ProsQaFact> facts = new LinkedHashMap<>();
  private final Map<String, Set<String>> children = new LinkedHashMap<>();
  private final Map<String, Set<String>> parents = new LinkedHashMap<>();

  /** The node that the question is about. */
  @Getter private final String root;

  /** The node that the answer names. */
  @Getter private final String target;

  private FactGraph(ProsQaQuestion question, String target) {
    for (ProsQaFact fact : question.getFacts()) {
      facts.put(fact.sentence(), fact);
      children.computeIfAbsent(fact.subject(), name -> new LinkedHashSet<>()).add(fact.object());
      parents.computeIfAbsent(fact.object(), name -> new LinkedHashSet<>()).add(fact.subject());
    }
    root = question.getRoot();
    this.target = target;
  }

  /**
   * Reads a problem's question and answer.
   *
   * @throws InvalidProblemException if the texts do not have ProsQA's form
   */
  public static FactGraph of(ReasoningProblem problem) {
    return new FactGraph(
        ProsQaQuestion.parse(problem.getQuestion()),
        ProsQaFact.parse(problem.getAnswer()).object());
  }

  /** The edge that a sentence states, or null if the question does not state it. */
  ProsQaFact edge(String sentence) {
    return facts.get(sentence);
  }

  /** The nodes with incoming edges, in the order of the text: the possible targets of steps. */
  public List<String> concepts() {
    return List.copyOf(parents.keySet());
  }

  /** The nodes that edges from this one enter. */
  public Set<String> children(String node) {
    return children.getOrDefault(node, Set.of());
  }

  /** The nodes at which walks of exactly this many edges from the root end. */
  public Set<String> frontier(int steps) {
    Set<String> reached = new LinkedHashSet<>(List.of(root));
    for (int step = 0; step < steps; step++) {
      Set<String> next = new LinkedHashSet<>();
      reached.forEach(node -> next.addAll(children(node)));
      reached = next;
    }
    return reached;
  }

  /** Least number of edges from one node to another, empty if no path leads there. */
  public OptionalInt distance(String from, String to) {
    Integer distance = distances(from).get(to);
    return distance == null ? OptionalInt.empty() : OptionalInt.of(distance);
  }

  /** Whether a path leads from this node to the answer, or it is the answer. */
  public boolean leadsToTarget(String node) {
    return distance(node, target).isPresent();
  }

  /**
   * Least number of edges from a node to a leaf, which is a node that no edge leaves; 0 for a leaf.
   *
   * <p>Source: arXiv 2412.06769, section 5.3.
   *
   * @throws IllegalArgumentException if the node is on a cycle without an exit
   */
  public int height(String node) {
    return distances(node).entrySet().stream()
        .filter(reached -> children(reached.getKey()).isEmpty())
        .mapToInt(Map.Entry::getValue)
        .min()
        .orElseThrow(
            () ->
                new InvalidProblemException(
                    "A node's height needs a leaf that it leads to, but "
                        + node
                        + " leads to none. Remove the cycle from the problem's facts."));
  }

  private Map<String, Integer> distances(String from) {
    Map<String, Integer> distances = new HashMap<>(Map.of(from, 0));
    Deque<String> queue = new ArrayDeque<>(List.of(from));
    while (!queue.isEmpty()) {
      String node = queue.remove();
      for (String child : children(node)) {
        if (distances.putIfAbsent(child, distances.get(node) + 1) == null) {
          queue.add(child);
        }
      }
    }
    return distances;
  }
}
