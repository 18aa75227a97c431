package io.github.coconut4j.data.prontoqa;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.reader.ProntoQaJson;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Makes problems of ProntoQA's kind (Saparov and He, arXiv 2210.01240, fictional ontology): rules
 * in random order, a fact about a person, and a statement that follows after some hops or
 * contradicts what follows. Answers are {@code True} and {@code False}, each as likely, and
 * independent of whether the statement or the rule it rests on is a negation.
 *
 * <p>The chain is written as {@link ProntoQaJson} reads it. The sentences are this class's own, not
 * those of the published generator: numbers measured on them compare with each other, not with the
 * paper's.
 *
 * <p>Equal options give the same problems in the same order. Not for use by several threads.
 */
public final class ProntoQaGenerator {

  private final ProntoQaOptions options;
  private final RandomGenerator random;

  /** Creates a generator that starts from the options' seed. */
  public ProntoQaGenerator(ProntoQaOptions options) {
    this.options = options;
    this.random = new SplittableRandom(options.getSeed());
  }

  /** The next problem. */
  public ReasoningProblem next() {
    List<String> people = ProsQaNames.published().getPeople();
    String person = people.get(random.nextInt(people.size()));
    Ontology ontology = new Ontology(options.getHops(), person, random);
    boolean isTrue = random.nextBoolean();
    String statement = ontology.statement(person, ontology.conclusionHolds() == isTrue);
    return ReasoningProblem.builder()
        .question(
            String.join(" ", ontology.shuffledRules())
                + " "
                + ontology.chain().get(0)
                + " True or false: "
                + statement)
        .steps(ProntoQaJson.steps(ontology.chain()))
        .answer(isTrue ? "True" : "False")
        .build();
  }

  /**
   * The next {@code count} problems.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public List<ReasoningProblem> generate(int count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "The number of problems must be 0 or more, found " + count);
    }
    List<ReasoningProblem> problems = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      problems.add(next());
    }
    return problems;
  }
}
