package io.github.coconut4j.generate;

/** Chooses the next token of a row. */
@FunctionalInterface
public interface TokenSampler {

  /**
   * Chooses a token.
   *
   * @param logits scores, one a token of the vocabulary
   * @param row number of the prompt, from 0, however prompts are batched
   * @return a token id
   * @throws IllegalArgumentException if a score is NaN or the highest is not finite
   */
  int next(float[] logits, int row);

  /** The token of the highest score, the first of them where several have it. */
  static TokenSampler greedy() {
    return new GreedySampler();
  }
}
