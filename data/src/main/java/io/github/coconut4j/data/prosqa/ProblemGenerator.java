package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Makes ProsQA problems one after the other. Generators with equal options give the same problems
 * in the same order. Not for use by several threads.
 */
public abstract class ProblemGenerator {

  /** Problems in a row that may be excluded before the next one is not waited for. */
  private final int attempts;

  ProblemGenerator(int attempts) {
    this.attempts = attempts;
  }

  /**
   * The next problem.
   *
   * @throws IllegalStateException if none is found within the options
   */
  public abstract ReasoningProblem next();

  /** The next {@code count} problems; some may be the same graph and question under other names. */
  public final List<ReasoningProblem> generate(int count) {
    return generate(count, Set.of());
  }

  /**
   * The next {@code count} problems that are none of the excluded ones.
   *
   * @param excluded canonical forms ({@link CanonicalForm#of}), of a test set for instance
   * @throws IllegalStateException if too many problems in a row are excluded
   */
  public final List<ReasoningProblem> generate(int count, Set<String> excluded) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "The number of problems must be 0 or more, found " + count);
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
            "Problems must remain beside the "
                + excluded.size()
                + " excluded ones, found "
                + attempts
                + " excluded in a row; allow more nodes or exclude less.");
      }
    }
    return problems;
  }
}
