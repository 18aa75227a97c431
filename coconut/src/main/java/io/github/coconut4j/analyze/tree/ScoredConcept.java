package io.github.coconut4j.analyze.tree;

import lombok.RequiredArgsConstructor;

/** A concept or another text, its tokens, and the probability of the tokens read so far. */
@RequiredArgsConstructor
final class ScoredConcept {

  private final String name;
  private final int[] tokens;
  private double logProbability;

  String name() {
    return name;
  }

  int length() {
    return tokens.length;
  }

  /** A token, or the last one if there are fewer: finished rows continue without effect. */
  int token(int index) {
    return tokens[Math.min(index, tokens.length - 1)];
  }

  void add(double tokenLogProbability) {
    logProbability += tokenLogProbability;
  }

  double logProbability() {
    return logProbability;
  }

  double value() {
    return Math.exp(logProbability);
  }
}
