package io.github.coconut4j.parity;

import io.github.coconut4j.model.ArrayDifference;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import lombok.Value;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Differences of gradients from a fixture's. */
@Value
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
class GradientErrors {

  /** Tolerance relative to a gradient's largest magnitude. */
  private static final double RELATIVE = 1e-3;

  /** Tolerance of a gradient that is zero in the fixture. */
  private static final double ZERO = 1e-6;

  /**
   * The worst gradient's difference; NaN if a value is not a number or there is no such gradient.
   */
  double error;

  /** The worst gradient's parameter. */
  String parameter;

  /** Whether each gradient is within tolerance and both sides have the same. */
  boolean pass;

  /** Describes parameters that have a gradient on only one side; null if there are none. */
  String unmatched;

  /** Compares. */
  static GradientErrors of(Map<String, INDArray> ours, ExpectedTensors expected)
      throws IOException {
    String unmatched = unmatched(ours.keySet(), expected.parameters());
    if (unmatched != null) {
      return new GradientErrors(Double.NaN, null, false, unmatched);
    }
    GradientErrors worst = null;
    for (Map.Entry<String, INDArray> gradient : ours.entrySet()) {
      GradientErrors next = of(gradient.getKey(), gradient.getValue(), expected);
      worst = worst == null || next.isWorseThan(worst) ? next : worst;
    }
    return worst;
  }

  private static GradientErrors of(String parameter, INDArray ours, ExpectedTensors expected)
      throws IOException {
    try (INDArray theirs = expected.gradient(parameter, ours.shape())) {
      ArrayDifference difference = ArrayDifference.between(ours, theirs);
      boolean pass = difference.relative() <= (difference.getMagnitude() == 0 ? ZERO : RELATIVE);
      return new GradientErrors(difference.relative(), parameter, pass, null);
    }
  }

  /** A gradient out of tolerance is worse than any within. */
  private boolean isWorseThan(GradientErrors other) {
    return pass == other.pass ? Double.compare(error, other.error) > 0 : !pass;
  }

  private static String unmatched(Set<String> ours, Set<String> theirs) {
    Set<String> missing = new TreeSet<>(ours);
    missing.removeAll(theirs);
    Set<String> unexpected = new TreeSet<>(theirs);
    unexpected.removeAll(ours);
    return missing.isEmpty() && unexpected.isEmpty()
        ? null
        : "missing in the fixture " + missing + " and without a parameter here " + unexpected;
  }
}
