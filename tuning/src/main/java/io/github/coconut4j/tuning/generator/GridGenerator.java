package io.github.coconut4j.tuning.generator;

import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.generator.BaseCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;
import org.deeplearning4j.arbiter.util.LeafUtils;

/**
 * Proposes every combination of the parameters' values in a random order from the seed, so that a
 * search that is stopped early has seen all parts of the grid. Arbiter's own grid chooses its order
 * before a seed can be set, and counts parameters with one value differently from its spaces.
 *
 * @param <T> type that the space makes from a combination
 */
public final class GridGenerator<T> extends BaseCandidateGenerator<T> {

  /** More would take weeks even with very short runs. */
  private static final int MOST = 1_000_000;

  private final int[] counts;
  private final int size;
  private List<Integer> order;

  /**
   * Makes a grid.
   *
   * @param points number of values of a continuous parameter, including both ends, and largest
   *     number for an integer; at least 2
   * @throws IllegalArgumentException if there are fewer points or more than 1,000,000 combinations
   */
  public GridGenerator(ParameterSpace<T> space, int points, long seed) {
    super(Arguments.requireNonNull(space, "space", "Build a space."), null, false);
    if (points < 2) {
      throw new IllegalArgumentException(
          "A grid needs at least 2 points a parameter but is given " + points + ". Raise it.");
    }
    initialize();
    counts =
        LeafUtils.getUniqueObjects(space.collectLeaves()).stream()
            .mapToInt(leaf -> count(leaf, points))
            .toArray();
    size = size(counts);
    shuffle(seed);
  }

  private static int count(ParameterSpace<?> leaf, int points) {
    if (leaf instanceof DiscreteParameterSpace<?> discrete) {
      return discrete.numValues();
    }
    if (leaf instanceof IntegerParameterSpace integer) {
      return (int) Math.min((long) integer.getMax() - integer.getMin() + 1, points);
    }
    return points;
  }

  private static int size(int[] counts) {
    double size = Arrays.stream(counts).asDoubleStream().reduce(1, (a, b) -> a * b);
    if (size > MOST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A grid needs at most %d combinations but has %.0f. Search fewer keys or values, or use"
                  + " `generator: random`.",
              MOST,
              size));
    }
    return (int) size;
  }

  /** Restarts the grid in the order of a seed. */
  @Override
  public void setRngSeed(long seed) {
    super.setRngSeed(seed);
    shuffle(seed);
  }

  private void shuffle(long seed) {
    order = new ArrayList<>(IntStream.range(0, size).boxed().toList());
    Collections.shuffle(order, new Random(seed));
  }

  /** Number of combinations. */
  public int size() {
    return size;
  }

  @Override
  public boolean hasMoreCandidates() {
    return candidateCounter.get() < size;
  }

  /** The next combination; an invalid one carries the exception. */
  @SuppressWarnings("rawtypes") // as Arbiter declares it
  @Override
  public Candidate getCandidate() {
    int number = candidateCounter.getAndIncrement();
    double[] values = values(order.get(number));
    try {
      return new Candidate<>(parameterSpace.getValue(values), number, values, null, null);
    } catch (RuntimeException e) {
      return new Candidate<T>((T) null, number, values, null, e);
    }
  }

  /** The first parameter changes fastest; its values are spread over [0, 1]. */
  private double[] values(int combination) {
    double[] values = new double[counts.length];
    int rest = combination;
    for (int parameter = 0; parameter < counts.length; parameter++) {
      values[parameter] = rest % counts[parameter] / (double) Math.max(1, counts[parameter] - 1);
      rest /= counts[parameter];
    }
    return values;
  }

  @Override
  public Class<?> getCandidateType() {
    return null; // like Arbiter's own generators
  }

  @Override
  public String toString() {
    return "GridGenerator(" + size + " combinations)";
  }
}
