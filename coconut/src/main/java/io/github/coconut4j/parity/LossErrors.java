package io.github.coconut4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.model.ModelFormatException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import lombok.Value;

/**
 * Differences of a loss and its terms from a fixture's, relative to the fixture's if that is above
 * 1. NaN if either is not a number.
 */
@Value
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
class LossErrors {

  /** The largest difference. */
  double largest;

  /** The largest difference of each term; null if the fixture has no terms. */
  Map<String, Double> terms;

  /**
   * Compares.
   *
   * @param terms our terms by name; a single number is a list of one
   * @throws ModelFormatException if the fixture has a term that is not among them, or one with
   *     another number of values
   */
  static LossErrors of(double loss, Map<String, List<Double>> terms, ParityCase expected) {
    double total = error(loss, expected.getLoss());
    if (expected.getLosses() == null) {
      return new LossErrors(total, null);
    }
    Map<String, Double> errors =
        expected.getLosses().entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    term -> termError(term.getKey(), terms.get(term.getKey()), term.getValue()),
                    (first, second) -> first,
                    TreeMap::new));
    // Math.max keeps NaN.
    return new LossErrors(errors.values().stream().reduce(total, Math::max), errors);
  }

  private static double termError(String name, List<Double> ours, JsonNode theirs) {
    List<JsonNode> values =
        theirs.isArray()
            ? IntStream.range(0, theirs.size()).mapToObj(theirs::get).toList()
            : List.of(theirs);
    if (ours == null || ours.size() != values.size()) {
      throw new ModelFormatException(
          "The term losses." + name + " of a fixture",
          "must be one that is computed here, of as many values",
          theirs,
          "Choose a fixture without it, or make it again.");
    }
    return IntStream.range(0, values.size())
        .filter(i -> !values.get(i).isNull())
        .mapToDouble(i -> error(ours.get(i), values.get(i).asDouble(Double.NaN)))
        .reduce(0, Math::max);
  }

  private static double error(double ours, double theirs) {
    double error = Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs));
    return Double.isFinite(ours) && Double.isFinite(theirs) ? error : Double.NaN;
  }
}
