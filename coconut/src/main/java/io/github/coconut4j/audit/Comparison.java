package io.github.coconut4j.audit;

import io.github.coconut4j.evaluate.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * Models and their controls on the same problems. Intervals come from a paired bootstrap: problems,
 * and pairs of a model and its control if there are several, are sampled with replacement, with the
 * same samples for every statistic.
 */
@RequiredArgsConstructor
final class Comparison {

  private static final int RESAMPLES = 2000;
  private static final double TAIL = 2.5;
  private static final int IMAGINARY = 2;

  /** Half of the problems, since they have two options. */
  private static final double GUESSING = 0.5;

  private final List<Pair> pairs;
  private final long seed;

  /** A model and the control trained with the same seed. */
  record Pair(Observations model, Observations control) {}

  /** The mean statistic of the models. */
  Estimate model(Statistic statistic) {
    return estimate((pair, sample) -> statistic.of(pair.model(), sample));
  }

  /** The mean statistic of the controls. */
  Estimate control(Statistic statistic) {
    return estimate((pair, sample) -> statistic.of(pair.control(), sample));
  }

  /** The statistic of the models minus that of the controls. */
  Estimate difference(Statistic statistic) {
    return estimate(
        (pair, sample) ->
            statistic.of(pair.model(), sample) - statistic.of(pair.control(), sample));
  }

  /** Whether the models' accuracy is above that of guessing one of two options. */
  boolean isAboveGuessing() {
    return model(Statistic.mean(Series.CORRECT)).isAbove(GUESSING);
  }

  /** A statistic of a pair on a sample of the problems. */
  private interface OfPair {
    double of(Pair pair, int[] sample);
  }

  private Estimate estimate(OfPair statistic) {
    int problems = pairs.get(0).model().problems();
    int[] all = IntStream.range(0, problems).toArray();
    double value = mean(pairs, pair -> statistic.of(pair, all));
    if (Double.isNaN(value)) {
      return Estimate.NONE;
    }
    double[] drawn =
        resampled(statistic, problems).filter(each -> !Double.isNaN(each)).sorted().toArray();
    double low = new Percentile(TAIL).evaluate(drawn);
    double high = new Percentile(100 - TAIL).evaluate(drawn);
    return new Estimate(value, new Interval(Math.min(low, value), Math.max(high, value)));
  }

  private DoubleStream resampled(OfPair statistic, int problems) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] drawn = new double[RESAMPLES];
    Arrays.setAll(
        drawn,
        i -> {
          int[] sample = random.ints(problems, 0, problems + IMAGINARY).toArray();
          List<Pair> seeds =
              pairs.size() == 1
                  ? pairs
                  : random.ints(pairs.size(), 0, pairs.size()).mapToObj(pairs::get).toList();
          return mean(seeds, pair -> statistic.of(pair, sample));
        });
    return Arrays.stream(drawn);
  }

  private static double mean(List<Pair> pairs, ToDoubleFunction<Pair> statistic) {
    return pairs.stream().mapToDouble(statistic).average().orElseThrow();
  }
}
