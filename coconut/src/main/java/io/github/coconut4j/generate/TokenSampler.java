package io.github.coconut4j.generate;

import java.util.Collection;

/** Chooses the next token of a sequence. */
@FunctionalInterface
public interface TokenSampler {

  /**
   * Chooses a token.
   *
   * @param logits scores, one a token of the vocabulary
   * @param prompt number of the prompt, from 0, however prompts are batched
   * @return a token id
   * @throws IllegalArgumentException if a score is NaN or the highest is not finite
   */
  int next(float[] logits, int prompt);

  /** The token of the highest score, the first of them where several have it. */
  static TokenSampler greedy() {
    return TokenSampler::likeliest;
  }

  /**
   * The same choice among the other tokens.
   *
   * @param tokens ids that are never chosen; those that the vocabulary does not have are no matter
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
      // Not "larger", which a NaN never is.
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
   * What to throw where the largest of a sequence's scores is not a finite number, so that no token
   * can be chosen by them.
   *
   * @param prompt which prompt the scores are of
   * @param found the score, NaN where one of them is
   */
  static IllegalArgumentException notFinite(String prompt, double found) {
    return new IllegalArgumentException(
        "A next token is chosen by scores that are finite numbers, but the model gives "
            + prompt
            + " a score of "
            + found
            + ". Its weights are damaged or its training diverged; use an earlier checkpoint.");
  }
}
