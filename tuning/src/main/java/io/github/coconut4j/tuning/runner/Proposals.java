package io.github.coconut4j.tuning.runner;

import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.nd4j.common.function.Supplier;

/**
 * The candidates that a generator proposes, numbered from 0. They end when the generator has no
 * more or the limit of candidates is reached. A candidate that cannot be made counts as failed.
 */
final class Proposals {

  /** Number of consecutive invalid proposals after which proposing ends. */
  private static final int MOST_INVALID = 100;

  private final CandidateGenerator generator;
  private final int limit;
  private int proposed;
  private int invalidInARow;

  Proposals(OptimizationConfiguration config) {
    generator = config.getCandidateGenerator();
    limit =
        config.getTerminationConditions().stream()
            .mapToInt(Proposals::limit)
            .min()
            .orElse(Integer.MAX_VALUE);
  }

  private static int limit(TerminationCondition condition) {
    return condition instanceof MaxCandidatesCondition most
        ? most.getMaxCandidates()
        : Integer.MAX_VALUE;
  }

  /**
   * Whether there is another candidate.
   *
   * @param least number of candidates that the limit allows at least
   */
  boolean hasNext(int least) {
    return proposed < Math.max(limit, least) && generator.hasMoreCandidates();
  }

  /**
   * The next candidate; if it has an exception, it cannot be trained.
   *
   * @throws IllegalStateException if too many consecutive candidates cannot be trained
   */
  Candidate<?> next() {
    Candidate<?> candidate = numbered(draw());
    if (candidate.getException() == null) {
      invalidInARow = 0;
    } else if (++invalidInARow == MOST_INVALID) {
      throw new IllegalStateException(
          "A search needs a space with valid candidates but "
              + MOST_INVALID
              + " proposals in a row were none, the last because: "
              + candidate.getException().getMessage()
              + " Narrow the space.");
    }
    return candidate;
  }

  private Candidate<?> draw() {
    try {
      return generator.getCandidate();
    } catch (RuntimeException e) {
      return new Candidate<Object>((Supplier<Object>) null, proposed, new double[0], null, e);
    }
  }

  private Candidate<?> numbered(Candidate<?> candidate) {
    candidate.setIndex(proposed++);
    return candidate;
  }
}
