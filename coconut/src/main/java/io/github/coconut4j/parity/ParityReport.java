package io.github.coconut4j.parity;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Map;
import lombok.Builder;
import lombok.Value;

/**
 * The differences between this library's numbers and a fixture's.
 *
 * <p>An error is NaN if a number on either side is not finite, and then the check fails; it is null
 * if the fixture has nothing to compare.
 */
@Value
@Builder
@JsonPropertyOrder({
  "fixture",
  "loop",
  "loss",
  "lossError",
  "termErrors",
  "logitsError",
  "embeddingsError",
  "latentsError",
  "gradientError",
  "worstGradient",
  "generationsEqual",
  "pass"
})
public class ParityReport {

  private static final double LOSS_TOLERANCE = 1e-5;
  private static final double OUTPUT_TOLERANCE = 1e-4;

  /** Name of the fixture. */
  String fixture;

  /** The requested latent loop. */
  String loop;

  /** Our loss; NaN if it is not finite. */
  double loss;

  /** Largest difference of the loss and its terms, relative to the fixture's if that is above 1. */
  double lossError;

  /** Largest difference of each term of the loss, or null. */
  Map<String, Double> termErrors;

  /** Largest absolute difference of a logit at a real position. */
  double logitsError;

  /** Largest absolute difference of an input embedding at a real position. */
  double embeddingsError;

  /** Largest absolute difference of a latent, or null. */
  Double latentsError;

  /**
   * Difference of the worst gradient, relative to that gradient's largest magnitude; absolute if
   * the fixture's is zero.
   */
  double gradientError;

  /** Parameter with that gradient, or null if the parameters differ. */
  String worstGradient;

  /** Whether all greedy continuations are equal. */
  boolean generationsEqual;

  /** Whether both sides have the same gradients, each within tolerance. */
  @JsonIgnore boolean gradientsPass;

  /** Describes parameters that have a gradient on only one side; null if there are none. */
  @JsonIgnore String unmatchedGradients;

  /**
   * Whether all differences are within tolerance: loss and terms 1e-5, outputs 1e-4, gradients 1e-3
   * (1e-6 if the fixture's is zero), greedy continuations equal.
   */
  public boolean isPass() {
    return Double.isFinite(loss)
        && lossError <= LOSS_TOLERANCE
        && logitsError <= OUTPUT_TOLERANCE
        && embeddingsError <= OUTPUT_TOLERANCE
        && (latentsError == null || latentsError <= OUTPUT_TOLERANCE)
        && gradientsPass
        && generationsEqual;
  }
}
