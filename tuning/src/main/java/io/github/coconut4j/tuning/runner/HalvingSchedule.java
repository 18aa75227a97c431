package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import lombok.Value;

/** The rounds of successive halving: numbers of candidates and shares of training. */
@Value
public class HalvingSchedule {

  /** With a smaller factor there are many similar rounds; the papers use 2 to 4. */
  private static final double LEAST_FACTOR = 1.5;

  private static final double LEAST_SHARE = 0.001;

  /** One of {@code factor} candidates continues after a round. */
  double factor;

  /** Share of the curriculum that a candidate is trained for after each round, ascending to 1. */
  List<Double> shares;

  /**
   * Makes a schedule whose shares grow by the same factor by which the number of candidates falls,
   * so that every round costs about the same.
   *
   * @param factor finite and at least 1.5
   * @param minShare share of the curriculum in the first round, at least 0.001 and below 1
   * @throws ConfigException if a value is out of its range, or both give a single round
   */
  public static HalvingSchedule of(double factor, double minShare) {
    if (!(factor >= LEAST_FACTOR) || Double.isInfinite(factor)) {
      throw ConfigException.of(
          "search.halving.factor", "a number of at least " + LEAST_FACTOR, factor, "Try 3.");
    }
    if (!(minShare >= LEAST_SHARE && minShare < 1)) {
      throw ConfigException.of(
          "search.halving.min_share",
          "a share of at least " + LEAST_SHARE + " and below 1",
          minShare,
          "Try 0.1.");
    }
    List<Double> shares = new ArrayList<>();
    // A small last step is merged with the previous one.
    for (double share = minShare; share * Math.sqrt(factor) < 1; share *= factor) {
      shares.add(share);
    }
    if (shares.isEmpty()) {
      throw new ConfigException(
          "`search.halving` drops candidates after each round but the last, but there is only one"
              + " round with `factor: %s` and `min_share: %s`. Lower one of them."
                  .formatted(factor, minShare));
    }
    shares.add(1.0);
    return new HalvingSchedule(factor, List.copyOf(shares));
  }

  /** Number of rounds. */
  public int rounds() {
    return shares.size();
  }

  /**
   * Number of candidates in a round, at least 1.
   *
   * @param candidates number of candidates in round 0
   */
  public int survivors(int candidates, int round) {
    return (int) Math.max(1, Math.floor(candidates / Math.pow(factor, round) + 1e-9));
  }

  /** Number of updates of the search, divided by that of training every candidate to the end. */
  public double cost(int candidates) {
    double cost = 0;
    double before = 0;
    for (int round = 0; round < rounds(); round++) {
      cost += survivors(candidates, round) * (shares.get(round) - before);
      before = shares.get(round);
    }
    return cost / candidates;
  }
}
