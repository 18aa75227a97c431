package io.github.coconut4j.model;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import lombok.Value;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The elementwise difference between an array and the expected one.
 *
 * <p>If either array has an element that is not finite, {@link #getLargest} is NaN and {@link
 * #isWithin} is false. ND4J's own comparisons are not used: {@code amaxNumber} skips NaN, and
 * {@code equals} treats infinity as equal to any number and all numbers below 1e-5 as equal.
 */
@Value
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public class ArrayDifference {

  /** Largest absolute difference of two elements; NaN if an element is not finite. */
  double largest;

  /** Largest magnitude of the expected elements, if all elements are finite. */
  double magnitude;

  /** The element with the largest difference and its two values, for messages. */
  String description;

  /**
   * Compares two arrays.
   *
   * @throws IllegalArgumentException if their shapes differ or they hold no element
   */
  public static ArrayDifference between(INDArray actual, INDArray expected) {
    return new Comparison(actual, expected).run(element -> true);
  }

  /**
   * Compares two arrays at the positions that a mask selects.
   *
   * @param actual [B, T, ...]
   * @param expected of the same shape
   * @param mask [B, T]: 0 leaves a position out
   * @throws IllegalArgumentException if shapes differ or no element is left
   */
  public static ArrayDifference between(INDArray actual, INDArray expected, INDArray mask) {
    int[] kept = mask.reshape(-1).toIntVector();
    Comparison comparison = new Comparison(actual, expected);
    long elements = actual.length() / kept.length;
    if (actual.rank() < mask.rank()
        || !Arrays.equals(Arrays.copyOf(actual.shape(), mask.rank()), mask.shape())) {
      throw new IllegalArgumentException(
          "A mask must have the first sizes of an array, "
              + Arrays.toString(actual.shape())
              + ", but has "
              + Arrays.toString(mask.shape())
              + ". Compare arrays of the mask's batch.");
    }
    return comparison.run(element -> kept[(int) (element / elements)] != 0);
  }

  /**
   * Compares arrays of the same names.
   *
   * @throws IllegalArgumentException if names or shapes differ or there are none
   */
  public static Map<String, ArrayDifference> between(
      Map<String, INDArray> actual, Map<String, INDArray> expected) {
    Arguments.requireNonNull(actual, "actual", "Give the arrays by name.");
    Arguments.requireNonNull(expected, "expected", "Give the arrays by name.");
    if (expected.isEmpty() || !actual.keySet().equals(expected.keySet())) {
      throw new IllegalArgumentException(
          "The arrays to compare must have the same names, but are "
              + actual.keySet()
              + " and "
              + expected.keySet()
              + ". Compare those of one model.");
    }
    Map<String, ArrayDifference> differences = new LinkedHashMap<>();
    expected.forEach((name, array) -> differences.put(name, between(actual.get(name), array)));
    return differences;
  }

  /**
   * The largest difference divided by the largest expected magnitude; the difference itself if all
   * expected elements are 0.
   */
  public double relative() {
    return magnitude == 0 ? largest : largest / magnitude;
  }

  /** Whether all elements are finite and no difference is above the tolerance. */
  public boolean isWithin(double tolerance) {
    return largest <= tolerance; // false for NaN
  }

  @Override
  public String toString() {
    return description;
  }

  /** One pass over both arrays. */
  private static final class Comparison {

    private final INDArray actual;
    private final INDArray expected;
    private double largest = -1;
    private double magnitude;
    private long worst;

    Comparison(INDArray actual, INDArray expected) {
      if (!Arrays.equals(actual.shape(), expected.shape())) {
        throw new IllegalArgumentException(
            "Arrays to compare must have the same shape, but have "
                + Arrays.toString(actual.shape())
                + " and "
                + Arrays.toString(expected.shape())
                + ". Compare the same parameter or output of the same model.");
      }
      this.actual = actual;
      this.expected = expected;
    }

    ArrayDifference run(LongPredicate kept) {
      requireOne(LongStream.range(0, actual.length()).anyMatch(kept));
      try (INDArray ours = actual.dup('c');
          INDArray theirs = expected.dup('c')) {
        for (long element = 0; element < ours.length() && !Double.isNaN(largest); element++) {
          if (kept.test(element)) {
            compare(element, ours.data().getDouble(element), theirs.data().getDouble(element));
          }
        }
        return new ArrayDifference(
            largest,
            magnitude,
            String.format(
                Locale.ROOT,
                "element %d of %s is %s where %s was expected",
                worst,
                Arrays.toString(expected.shape()),
                ours.data().getDouble(worst),
                theirs.data().getDouble(worst)));
      }
    }

    private void compare(long element, double ours, double theirs) {
      boolean finite = Double.isFinite(ours) && Double.isFinite(theirs);
      double difference = finite ? Math.abs(ours - theirs) : Double.NaN;
      magnitude = Math.max(magnitude, Math.abs(theirs));
      if (!(difference <= largest)) {
        largest = difference;
        worst = element;
      }
    }

    private void requireOne(boolean some) {
      if (!some) {
        throw new IllegalArgumentException(
            "Arrays to compare must have an element that counts, but none of "
                + Arrays.toString(expected.shape())
                + " does. Compare a batch that is not all padding.");
      }
    }
  }
}
