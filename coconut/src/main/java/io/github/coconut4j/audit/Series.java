package io.github.coconut4j.audit;

import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** What is observed of every problem. */
@Getter(AccessLevel.PACKAGE)
@RequiredArgsConstructor
enum Series {
  /** 1 for a right answer. */
  CORRECT(0),
  /** 1 for an answer that is another with the mean thoughts. */
  CHANGED_BY_MEAN(0),
  /** 1 for an answer that is another with the thoughts in another order. */
  CHANGED_BY_ORDER(0),
  /** 1 for an answer that is another with another problem's thoughts. */
  CHANGED_BY_OTHER(0),
  /** Share of the numbers of first thoughts that, as noise, change the answer. */
  CHANGED_BY_NOISE(0),
  /** Right or not, less the share of those numbers with which it is still right. */
  LOST_TO_NOISE(-1),
  /** 1 for an answer that is another with one thought more. */
  CHANGED_BY_ONE_MORE(0),
  /** Share of pairs of a frontier whose node on the way to the answer has the greater value. */
  FRONTIER_RANK(0),
  /** Share of the likelier option in the probability of both, 0.5 to 1. */
  CONFIDENCE(0);

  private final double lowest;

  double highest() {
    return 1;
  }
}
