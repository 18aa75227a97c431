package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A graph without names and a question about it: does the root reach the target or the other
 * option? Nodes without incoming edges are people.
 */
final class GraphQuestion {

  private final List<Edge> edges;
  private final Adjacency adjacency;
  private final int root;
  private final int target;
  private final int negativeTarget;

  /**
   * Makes a question.
   *
   * @param nodes number of nodes
   * @param edges distinct edges between them
   * @param root a person, from which the target can be reached and the other option cannot
   */
  GraphQuestion(int nodes, List<Edge> edges, int root, int target, int negativeTarget) {
    this.edges = edges;
    this.root = root;
    this.target = target;
    this.negativeTarget = negativeTarget;
    adjacency = new Adjacency(nodes, edges);
  }

  /** The same question with nodes renumbered and edges reordered at random. */
  GraphQuestion reordered(RandomGenerator random) {
    List<Integer> numbers = new ArrayList<>(adjacency.size());
    for (int node = 0; node < adjacency.size(); node++) {
      numbers.add(node);
    }
    List<Integer> renumbered = RandomDraws.shuffled(numbers, random);
    List<Edge> moved = new ArrayList<>(edges.size());
    for (Edge edge : RandomDraws.shuffled(edges, random)) {
      moved.add(new Edge(renumbered.get(edge.from()), renumbered.get(edge.to())));
    }
    return new GraphQuestion(
        adjacency.size(),
        moved,
        renumbered.get(root),
        renumbered.get(target),
        renumbered.get(negativeTarget));
  }

  /**
   * The problem as text, with random names, a random order of facts and options, and a random
   * shortest path as steps.
   *
   * @return empty if there are more people or concepts than names
   */
  Optional<ReasoningProblem> problem(ProsQaNames names, RandomGenerator random) {
    return drawSymbols(names, random).map(symbols -> problem(symbols, random));
  }

  private Optional<List<String>> drawSymbols(ProsQaNames names, RandomGenerator random) {
    int people = 0;
    for (int node = 0; node < adjacency.size(); node++) {
      people += isPerson(node) ? 1 : 0;
    }
    if (people > names.getPeople().size()
        || adjacency.size() - people > names.getConcepts().size()) {
      return Optional.empty();
    }
    Iterator<String> nextPerson = RandomDraws.shuffled(names.getPeople(), random).iterator();
    Iterator<String> nextConcept = RandomDraws.shuffled(names.getConcepts(), random).iterator();
    List<String> symbols = new ArrayList<>(adjacency.size());
    for (int node = 0; node < adjacency.size(); node++) {
      symbols.add(isPerson(node) ? nextPerson.next() : nextConcept.next());
    }
    return Optional.of(symbols);
  }

  private ReasoningProblem problem(List<String> symbols, RandomGenerator random) {
    List<ProsQaFact> facts =
        edges.stream().map(edge -> fact(symbols, edge.from(), edge.to())).toList();
    String asked = symbols.get(root);
    String answer = symbols.get(target);
    List<String> choices =
        RandomDraws.shuffled(List.of(answer, symbols.get(negativeTarget)), random);
    List<Integer> path = adjacency.shortestPath(root, target, random);
    List<String> steps = new ArrayList<>();
    for (int i = 1; i < path.size(); i++) {
      steps.add(fact(symbols, path.get(i - 1), path.get(i)).sentence());
    }
    ProsQaQuestion question =
        new ProsQaQuestion(
            RandomDraws.shuffled(facts, random), asked, choices.get(0), choices.get(1));
    return new ReasoningProblem(
        question.text(),
        steps,
        new ProsQaFact(asked, true, answer).sentence(),
        new ProblemGraph(symbols, edges, root, target, negativeTarget));
  }

  private boolean isPerson(int node) {
    return adjacency.parents(node).isEmpty();
  }

  private ProsQaFact fact(List<String> symbols, int from, int to) {
    return new ProsQaFact(symbols.get(from), isPerson(from), symbols.get(to));
  }
}
