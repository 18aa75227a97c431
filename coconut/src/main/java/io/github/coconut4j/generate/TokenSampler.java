package io.github.coconut4j.generate;

import java.util.Collection;

/** Chooses the next token of a sequence. */
@FunctionalInterface
public interface TokenSampler {

  /**
   * Chooses a token.
   *
   * @param logits scores, one per token of the vocabulary
   * @param prompt index of the prompt, from 0, independent of batches
   * @return a token id
   * @throws NonFiniteScoreException if a score is NaN or the highest is not finite
   */
  int next(float[] logits, int prompt);

  /** Chooses the token with the highest score, the first one of several. */
  static TokenSampler greedy() {
    return TokenSampler::likeliest;
  }

  /**
   * The same sampler restricted to the other tokens.
   *
   * @param tokens ids that are never chosen; ids outside the vocabulary are ignored
   */
  default TokenSampler without(Collection<Integer> tokens) {
    return (logits, prompt) -> {
      float[] allowed = logits.clone();
      for (int token : tokens) {
        if (token >= 0 && token < allowed.length) {
          allowed[token] = Float.NEGATIVE_INFINITY;
        }
      }
      return next(allowed, prompt);
    };
  }

  private static int likeliest(float[] logits, int prompt) {
    int best = -1;
    float largest = Float.NEGATIVE_INFINITY;
    for (int token = 0; token < logits.length; token++) {
      // Not "larger", which is false for NaN.
      if (!(logits[token] <= largest)) {
        if (Float.isNaN(logits[token])) {
          throw notFinite("prompt " + prompt, logits[token]);
        }
        largest = logits[token];
        best = token;
      }
    }
    if (Float.isInfinite(largest)) {
      throw notFinite("prompt " + prompt, largest);
    }
    return best;
  }

  /**
   * The exception for a sequence whose largest score is not finite, so that no token can be chosen.
   *
   * @param prompt names the prompt of the scores
   * @param found the score; NaN if any score is
   */
  static NonFiniteScoreException notFinite(String prompt, double found) {
    return new NonFiniteScoreException(
        "A next token is chosen by scores that are finite numbers, but the model gives "
            + prompt
            + " a score of "
            + found
            + ". Its weights are damaged or its training diverged; use an earlier checkpoint.");
  }
}
