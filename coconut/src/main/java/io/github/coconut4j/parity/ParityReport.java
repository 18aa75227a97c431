package io.github.coconut4j.parity;

import lombok.Builder;
import lombok.Value;

/** How far this library's numbers are from a fixture's. */
@Value
@Builder
public class ParityReport {

  private static final double LOSS_TOLERANCE = 1e-5;
  private static final double OUTPUT_TOLERANCE = 1e-4;
  private static final double GRADIENT_TOLERANCE = 1e-3;

  /** Name of the fixture. */
  String fixture;

  /** Latent loop that was asked for. */
  String loop;

  /** Our loss. */
  double loss;

  /** Absolute difference of the losses. */
  double lossError;

  /** Largest absolute difference of a logit at a real position. */
  double logitsError;

  /** Largest absolute difference of an input embedding at a real position. */
  double embeddingsError;

  /** Largest difference of a gradient, relative to that gradient's largest magnitude. */
  double gradientError;

  /** Parameter with that gradient. */
  String worstGradient;

  /** Whether all greedy continuations are equal. */
  boolean generationsEqual;

  /** Whether all differences are within tolerance: loss 1e-5, outputs 1e-4, gradients 1e-3. */
  public boolean isPass() {
    return lossError <= LOSS_TOLERANCE
        && logitsError <= OUTPUT_TOLERANCE
        && embeddingsError <= OUTPUT_TOLERANCE
        && gradientError <= GRADIENT_TOLERANCE
        && generationsEqual;
  }
}
