package io.github.coconut4j.generate;

/** Refuses scores by which no token can be chosen. */
public final class FiniteScores {

  private FiniteScores() {}

  /**
   * What to throw where the largest of a row's scores is not a finite number.
   *
   * @param prompt which prompt the row is of
   * @param found the score, NaN where one of them is
   */
  public static IllegalArgumentException refusal(String prompt, double found) {
    return new IllegalArgumentException(
        "A next token is chosen by scores that are finite numbers, but the model gives "
            + prompt
            + " a score of "
            + found
            + ". Its weights are damaged or its training diverged; use an earlier checkpoint.");
  }
}
