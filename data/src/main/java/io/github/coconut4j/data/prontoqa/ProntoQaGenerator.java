package io.github.coconut4j.data.prontoqa;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.reader.ProntoQaJson;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Generates problems like ProntoQA's (Saparov and He, arXiv 2210.01240, fictional ontology): rules
 * in random order, a fact about a person, and a statement that follows after some hops or
 * contradicts the conclusion. Answers are {@code True} and {@code False} with equal probability,
 * independent of whether the statement or the last rule is a negation.
 *
 * <p>The chain has the format of {@link ProntoQaJson}. The sentences are not those of the published
 * generator, so results on them are comparable with each other, but not with the paper's.
 *
 * <p>Equal options give the same problems in the same order. Not thread-safe.
 */
public final class ProntoQaGenerator {

  private final ProntoQaOptions options;
  private final RandomGenerator random;

  /** Creates a generator that starts from the options' seed. */
  public ProntoQaGenerator(ProntoQaOptions options) {
    this.options = options;
    this.random = new SplittableRandom(options.getSeed());
  }

  /** Generates the next problem. */
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
   * Generates the next {@code count} problems.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public List<ReasoningProblem> generate(int count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "The number of problems must be 0 or more, found " + count + "; give a larger one");
    }
    List<ReasoningProblem> problems = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      problems.add(next());
    }
    return problems;
  }
}
