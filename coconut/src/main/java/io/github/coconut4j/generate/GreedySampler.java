package io.github.coconut4j.generate;

/** Chooses the token of the highest score, the first of them where several have it. */
final class GreedySampler implements TokenSampler {

  @Override
  public int next(float[] logits, int row) {
    int best = -1;
    float largest = Float.NEGATIVE_INFINITY;
    for (int token = 0; token < logits.length; token++) {
      // Not "larger", which a NaN never is.
      if (!(logits[token] <= largest)) {
        if (Float.isNaN(logits[token])) {
          throw FiniteScores.refusal("prompt " + row, logits[token]);
        }
        largest = logits[token];
        best = token;
      }
    }
    if (Float.isInfinite(largest)) {
      throw FiniteScores.refusal("prompt " + row, largest);
    }
    return best;
  }
}
