package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Checks a ProsQA problem only by its text, sharing only the sentences' format with the generator:
 * whether the facts are distinct and acyclic, the chain exists, is a shortest one and ends at the
 * answer, the other option is unreachable from the root, and the graph, if the problem has one,
 * agrees.
 */
public final class ProsQaVerifier {

  private final ReasoningProblem problem;
  private final ProsQaQuestion question;
  private final Set<String> sentences = new HashSet<>();
  private final Map<String, Integer> distances = new HashMap<>();
  private final List<String> violations = new ArrayList<>();

  private ProsQaVerifier(ReasoningProblem problem) {
    this.problem = problem;
    question = ProsQaQuestion.parse(problem.getQuestion());
    question.getFacts().forEach(fact -> sentences.add(fact.sentence()));
    measureDistances();
  }

  /**
   * The errors of a problem, one sentence each; empty if there are none.
   *
   * @throws InvalidProblemException if the texts do not have ProsQA's form
   */
  public static List<String> violations(ReasoningProblem problem) {
    ProsQaVerifier verifier = new ProsQaVerifier(problem);
    verifier.checkFacts();
    verifier.checkChain();
    verifier.checkOptions();
    problem.getGraph().ifPresent(verifier::checkGraph);
    return List.copyOf(verifier.violations);
  }

  private void measureDistances() {
    distances.put(question.getRoot(), 0);
    Deque<String> queue = new ArrayDeque<>(List.of(question.getRoot()));
    while (!queue.isEmpty()) {
      String name = queue.remove();
      for (ProsQaFact fact : question.getFacts()) {
        if (fact.subject().equals(name) && !distances.containsKey(fact.object())) {
          distances.put(fact.object(), distances.get(name) + 1);
          queue.add(fact.object());
        }
      }
    }
  }

  /**
   * Repeatedly removes facts about nodes without incoming facts, until none is left or only cycles
   * remain.
   */
  private void checkFacts() {
    List<ProsQaFact> left = new ArrayList<>(question.getFacts());
    require(left.size() == sentences.size(), "a fact occurs twice");
    int before = left.size() + 1;
    while (left.size() < before) {
      before = left.size();
      Set<String> objects = left.stream().map(ProsQaFact::object).collect(Collectors.toSet());
      left.removeIf(fact -> !objects.contains(fact.subject()));
    }
    require(left.isEmpty(), "the facts lead in a circle");
  }

  private void checkChain() {
    String reached = question.getRoot();
    for (String step : problem.getSteps()) {
      ProsQaFact fact = ProsQaFact.parse(step);
      require(sentences.contains(step), "the step '" + step + "' is not one of the facts");
      require(
          fact.subject().equals(reached), "the step '" + step + "' does not start at " + reached);
      reached = fact.object();
    }
    String answer = answer().object();
    require(reached.equals(answer), "the chain ends at " + reached + ", not at " + answer);
    Integer shortest = distances.get(answer);
    require(
        shortest != null && shortest == problem.getSteps().size(),
        "the chain has " + problem.getSteps().size() + " steps, the shortest one " + shortest);
  }

  private void checkOptions() {
    ProsQaFact answer = answer();
    require(answer.subject().equals(question.getRoot()), "the answer is not about the root");
    Set<String> options =
        new HashSet<>(List.of(question.getFirstOption(), question.getSecondOption()));
    require(options.size() == 2, "both options are the same");
    require(options.remove(answer.object()), "the answer is none of the options");
    for (String other : options) {
      require(!distances.containsKey(other), "the other option " + other + " is reachable too");
    }
  }

  private void checkGraph(ProblemGraph graph) {
    List<String> symbols = graph.getSymbols();
    Set<String> entered = new HashSet<>();
    graph.getEdges().forEach(edge -> entered.add(symbols.get(edge.to())));
    Set<String> edges = new HashSet<>();
    for (ProblemGraph.Edge edge : graph.getEdges()) {
      String subject = symbols.get(edge.from());
      boolean person = !entered.contains(subject);
      edges.add(new ProsQaFact(subject, person, symbols.get(edge.to())).sentence());
    }
    require(edges.equals(sentences), "the graph's edges are not the facts");
    require(
        symbols.get(graph.getRoot()).equals(question.getRoot()), "the graph's root is another one");
    String target = symbols.get(graph.getTarget());
    require(target.equals(answer().object()), "the graph's target is not the answer");
    String other = symbols.get(graph.getNegativeTarget());
    require(
        List.of(question.getFirstOption(), question.getSecondOption()).contains(other)
            && !other.equals(target),
        "the graph's neg_target is not the other option");
  }

  private ProsQaFact answer() {
    return ProsQaFact.parse(problem.getAnswer());
  }

  private void require(boolean condition, String violation) {
    if (!condition) {
      violations.add(violation);
    }
  }
}
