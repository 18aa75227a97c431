package io.github.coconut4j.audit;

import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** The values that are observed for every problem. */
@Getter(AccessLevel.PACKAGE)
@RequiredArgsConstructor
enum Series {
  /** 1 for a correct answer. */
  CORRECT(0),
  /** 1 for an answer that changes with the mean thoughts. */
  CHANGED_BY_MEAN(0),
  /** 1 for an answer that changes with the thoughts in another order. */
  CHANGED_BY_ORDER(0),
  /** 1 for an answer that changes with another problem's thoughts. */
  CHANGED_BY_OTHER(0),
  /** Share of the numbers k for which noise in place of the first k thoughts changes the answer. */
  CHANGED_BY_NOISE(0),
  /**
   * 1 if correct, else 0, minus the share of those numbers for which the answer is still correct.
   */
  LOST_TO_NOISE(-1),
  /** 1 for an answer that changes with one more thought. */
  CHANGED_BY_ONE_MORE(0),
  /**
   * Share of pairs of a frontier's nodes in which the node that leads to the answer has the larger
   * value.
   */
  FRONTIER_RANK(0),
  /** Share of the more likely option in the probability of both, 0.5 to 1. */
  CONFIDENCE(0);

  private final double lowest;

  double highest() {
    return 1;
  }
}
