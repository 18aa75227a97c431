package io.github.coconut4j.analyze.tree;

import io.github.coconut4j.generate.TokenSampler;
import java.util.stream.IntStream;

/** Logarithms of next-token probabilities from scores. */
final class LogProbabilities {

  private LogProbabilities() {}

  /**
   * The logarithm of a token's probability among some tokens.
   *
   * @param logits scores of the whole vocabulary
   * @param among the possible tokens, including {@code token}
   */
  static double of(float[] logits, int token, int[] among) {
    return logits[token] - logSumExp(IntStream.of(among), logits);
  }

  /** The logarithm of a token's probability among all. */
  static double of(float[] logits, int token) {
    return logits[token] - logSumExp(IntStream.range(0, logits.length), logits);
  }

  private static double logSumExp(IntStream ids, float[] logits) {
    int[] possible = ids.toArray();
    double most = IntStream.of(possible).mapToDouble(id -> logits[id]).max().orElseThrow();
    if (!Double.isFinite(most)) {
      throw TokenSampler.notFinite("a prompt", most);
    }
    return most
        + Math.log(IntStream.of(possible).mapToDouble(id -> Math.exp(logits[id] - most)).sum());
  }
}
