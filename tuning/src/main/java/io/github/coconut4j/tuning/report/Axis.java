package io.github.coconut4j.tuning.report;

import io.github.coconut4j.tuning.record.CandidateRecord;
import java.util.List;
import java.util.Objects;
import lombok.Value;

/** A searched key as an axis: numbers at their positions, other values evenly spaced. */
@Value
public class Axis {

  String key;

  /** The values in the order of the axis, each as text, if they are not all numbers. */
  List<String> categories;

  double low;
  double high;

  /**
   * Makes the axis of a key.
   *
   * @param key a searched key
   * @param candidates candidates whose values are shown; at least one has the key
   */
  public static Axis of(String key, List<CandidateRecord> candidates) {
    List<Object> values =
        candidates.stream()
            .filter(candidate -> candidate.getParameters().containsKey(key))
            .map(candidate -> candidate.getParameters().get(key))
            .toList();
    if (values.stream().allMatch(Axis::isFinite)) {
      double[] numbers =
          values.stream().mapToDouble(value -> ((Number) value).doubleValue()).sorted().toArray();
      return new Axis(key, List.of(), numbers[0], numbers[numbers.length - 1]);
    }
    List<String> categories = values.stream().map(Objects::toString).distinct().sorted().toList();
    return new Axis(key, categories, 0, categories.size() - 1.0);
  }

  private static boolean isFinite(Object value) {
    return value instanceof Number number && Double.isFinite(number.doubleValue());
  }

  /** Whether a candidate has the key. */
  boolean has(CandidateRecord candidate) {
    return candidate.getParameters().containsKey(key);
  }

  /** Whether the values span decades, so that their logarithms are shown. */
  boolean isLogarithmic() {
    return categories.isEmpty() && low > 0 && high / low >= 10;
  }

  /** Position of a value on the axis, in the axis's unit. */
  double position(Object value) {
    return value instanceof Number number && categories.isEmpty()
        ? number.doubleValue()
        : categories.indexOf(Objects.toString(value));
  }

  /** Relative position of a value, from 0 to 1; the middle if there is only one value. */
  double share(Object value) {
    double at = position(value);
    if (!(high > low)) {
      return 0.5;
    }
    return isLogarithmic() ? Math.log(at / low) / Math.log(high / low) : (at - low) / (high - low);
  }
}
