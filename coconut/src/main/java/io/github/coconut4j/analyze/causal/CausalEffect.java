package io.github.coconut4j.analyze.causal;

import io.github.coconut4j.evaluate.Interval;
import lombok.Builder;
import lombok.Value;

/** The effect of replacing one thought, or all, on the accuracy on the same problems. */
@Value
@Builder
public class CausalEffect {

  /** What the thought was replaced by. */
  Replacement replacement;

  /** Number of the replaced thought, from 1; null if all were. */
  Integer thought;

  /** Number of problems. */
  int problems;

  /** Share of correct answers with the original thoughts. */
  double before;

  /** Share of correct answers with the replacement. */
  double after;

  /** {@code after - before}. */
  double difference;

  /** Lower end of the difference's 95 % interval. */
  double low;

  /** Upper end of the difference's 95 % interval. */
  double high;

  /** Probability of such a change by chance, by McNemar's exact test. */
  double probability;

  static CausalEffect of(
      Replacement replacement, Integer thought, boolean[] before, boolean[] after) {
    PairedDifference paired = PairedDifference.of(before, after);
    Interval interval = paired.interval();
    return builder()
        .replacement(replacement)
        .thought(thought)
        .problems(before.length)
        .before(share(before))
        .after(share(after))
        .difference(paired.difference())
        .low(interval.getLow())
        .high(interval.getHigh())
        .probability(paired.probability())
        .build();
  }

  private static double share(boolean[] right) {
    int count = 0;
    for (boolean one : right) {
      count += one ? 1 : 0;
    }
    return (double) count / right.length;
  }
}
