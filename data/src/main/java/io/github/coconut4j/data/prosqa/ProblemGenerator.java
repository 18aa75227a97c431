package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Generates ProsQA problems. Generators with equal options give the same problems in the same
 * order. Not thread-safe.
 */
public abstract class ProblemGenerator {

  /** Number of consecutive excluded problems after which generation gives up. */
  private final int attempts;

  ProblemGenerator(int attempts) {
    this.attempts = attempts;
  }

  /**
   * Generates the next problem.
   *
   * @throws IllegalStateException if none is found within the options
   */
  public abstract ReasoningProblem next();

  /**
   * Generates the next {@code count} problems; some may have the same graph and question with other
   * names.
   */
  public final List<ReasoningProblem> generate(int count) {
    return generate(count, Set.of());
  }

  /**
   * Generates the next {@code count} problems that are not excluded.
   *
   * @param excluded canonical forms ({@link CanonicalForm#of}), for example of a test set
   * @throws IllegalStateException if too many consecutive problems are excluded
   */
  public final List<ReasoningProblem> generate(int count, Set<String> excluded) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "The number of problems must be 0 or more, found " + count + "; give a larger one");
    }
    if (excluded == null) {
      throw new IllegalArgumentException(
          "The excluded problems must be given, but are null. Give an empty set for none.");
    }
    List<ReasoningProblem> problems = new ArrayList<>();
    int rejected = 0;
    while (problems.size() < count) {
      ReasoningProblem problem = next();
      if (excluded.isEmpty() || !excluded.contains(CanonicalForm.of(problem))) {
        problems.add(problem);
        rejected = 0;
      } else if (++rejected == attempts) {
        throw new IllegalStateException(
            "Problems must remain besides the "
                + excluded.size()
                + " excluded ones, found "
                + attempts
                + " excluded in a row; allow more nodes or exclude less.");
      }
    }
    return problems;
  }
}
