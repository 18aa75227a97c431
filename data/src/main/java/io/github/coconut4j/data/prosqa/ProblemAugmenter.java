package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Augments a ProsQA problem: same graph and question, with other names and another order of facts
 * and options.
 */
public final class ProblemAugmenter {

  private final ProsQaNames names;

  /** Creates an augmenter that samples from the given names. */
  public ProblemAugmenter(ProsQaNames names) {
    this.names = names;
  }

  /**
   * A problem with the same canonical form and steps.
   *
   * @throws InvalidProblemException if the problem does not have ProsQA's form, or has more nodes
   *     than there are names
   */
  public ReasoningProblem augment(ReasoningProblem problem, RandomGenerator random) {
    ProsQaQuestion question = ProsQaQuestion.parse(problem.getQuestion());
    Map<String, String> renamed = drawNames(question, random);
    List<ProsQaFact> facts = new ArrayList<>();
    for (ProsQaFact fact : RandomDraws.shuffled(question.getFacts(), random)) {
      facts.add(rename(fact, renamed));
    }
    List<String> options =
        RandomDraws.shuffled(
            List.of(
                name(question.getFirstOption(), renamed),
                name(question.getSecondOption(), renamed)),
            random);
    String root = name(question.getRoot(), renamed);
    return ReasoningProblem.builder()
        .question(new ProsQaQuestion(facts, root, options.get(0), options.get(1)).text())
        .steps(problem.getSteps().stream().map(step -> rename(step, renamed)).toList())
        .answer(rename(problem.getAnswer(), renamed))
        .graph(problem.getGraph().map(graph -> rename(graph, renamed)).orElse(null))
        .build();
  }

  private Map<String, String> drawNames(ProsQaQuestion question, RandomGenerator random) {
    Iterator<String> people = RandomDraws.shuffled(names.getPeople(), random).iterator();
    Iterator<String> concepts = RandomDraws.shuffled(names.getConcepts(), random).iterator();
    Map<String, String> renamed = new HashMap<>();
    for (ProsQaFact fact : question.getFacts()) {
      renamed.computeIfAbsent(fact.subject(), old -> draw(fact.person() ? people : concepts));
      renamed.computeIfAbsent(fact.object(), old -> draw(concepts));
    }
    return renamed;
  }

  private String draw(Iterator<String> left) {
    if (!left.hasNext()) {
      throw new InvalidProblemException(
          String.format(
              Locale.ROOT,
              "a problem to be renamed must have at most %d people and %d concepts, found more;"
                  + " give the augmenter more names",
              names.getPeople().size(),
              names.getConcepts().size()));
    }
    return left.next();
  }

  private static String rename(String sentence, Map<String, String> renamed) {
    return rename(ProsQaFact.parse(sentence), renamed).sentence();
  }

  private static ProsQaFact rename(ProsQaFact fact, Map<String, String> renamed) {
    return new ProsQaFact(
        name(fact.subject(), renamed), fact.person(), name(fact.object(), renamed));
  }

  private static ProblemGraph rename(ProblemGraph graph, Map<String, String> renamed) {
    return new ProblemGraph(
        graph.getSymbols().stream().map(symbol -> name(symbol, renamed)).toList(),
        graph.getEdges(),
        graph.getRoot(),
        graph.getTarget(),
        graph.getNegativeTarget());
  }

  private static String name(String old, Map<String, String> renamed) {
    String name = renamed.get(old);
    if (name == null) {
      throw new InvalidProblemException(
          "a problem to be renamed must speak of what its facts name, found '"
              + old
              + "'; check it with ProsQaVerifier");
    }
    return name;
  }
}
