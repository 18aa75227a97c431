package io.github.coconut4j.benchmarks;

import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * Times several pieces of work in turn, round after round, so that whatever disturbs the machine
 * for a while disturbs all of them, and takes medians.
 */
final class InterleavedRounds {

  /** Rounds before those that count, at least: the first allocate and compile. */
  private static final int WARM_UP_ROUNDS = 2;

  private final int rounds;
  private final double warmUpSeconds;

  /** Work of one or more parts. */
  interface Work {
    /** Does it once and says how long each part took, in milliseconds. */
    double[] timeParts();
  }

  /**
   * @param rounds that count, at least 1
   * @param warmUpSeconds whole rounds are run for at least so long before
   */
  InterleavedRounds(int rounds, double warmUpSeconds) {
    Arguments.requireAtLeast(rounds, 1, "--rounds");
    this.rounds = rounds;
    this.warmUpSeconds = warmUpSeconds;
  }

  /** The median of each part of each piece of work, in milliseconds. */
  List<double[]> medians(List<? extends Work> work) {
    long begin = System.nanoTime();
    for (int i = 0; i < WARM_UP_ROUNDS || milliseconds(begin) < warmUpSeconds * 1e3; i++) {
      round(work);
    }
    List<List<double[]>> counted = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      counted.add(round(work));
    }
    List<double[]> medians = new ArrayList<>();
    for (int i = 0; i < work.size(); i++) {
      int number = i;
      medians.add(medianParts(counted.stream().map(round -> round.get(number)).toList()));
    }
    return medians;
  }

  private static List<double[]> round(List<? extends Work> work) {
    return work.stream().map(Work::timeParts).toList();
  }

  private static double[] medianParts(List<double[]> times) {
    double[] medians = new double[times.get(0).length];
    for (int i = 0; i < medians.length; i++) {
      int part = i;
      medians[i] = new Median().evaluate(times.stream().mapToDouble(time -> time[part]).toArray());
    }
    return medians;
  }

  /** How long a piece of work takes, in milliseconds. */
  static double time(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return milliseconds(start);
  }

  private static double milliseconds(long since) {
    return (System.nanoTime() - since) / 1e6;
  }
}
