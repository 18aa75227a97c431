package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.internal.Arguments;

/**
 * The numbers of one step of AdamW in float32, for backends whose kernels compute it themselves.
 * They are derived in one place, so that all of these backends get the same bits:
 *
 * <pre>
 * m = beta1 m + (1 - beta1) gradientFactor g
 * v = beta2 v + (1 - beta2) (gradientFactor g)²
 * p = kept p - stepSize m / (sqrt(v) secondCorrection + epsilon)
 * </pre>
 *
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the square root of the second moment
 * @param gradientFactor factor that is applied to gradients first
 * @param kept factor of a value after weight decay, 1 - lr decay
 * @param stepSize lr / (1 - beta1^t)
 * @param secondCorrection 1 / sqrt(1 - beta2^t)
 */
public record AdamWCoefficients(
    float beta1,
    float beta2,
    float epsilon,
    float gradientFactor,
    float kept,
    float stepSize,
    float secondCorrection) {

  /** Derives the coefficients of a step from its settings. */
  public static AdamWCoefficients of(OptimizerStep.Settings settings) {
    Arguments.requireNonNull(settings, "settings", "Build OptimizerStep.Settings.");
    float beta1 = (float) settings.getBeta1();
    float beta2 = (float) settings.getBeta2();
    float learningRate = (float) settings.getLearningRate();
    double steps = settings.getStep();
    return new AdamWCoefficients(
        beta1,
        beta2,
        (float) settings.getEpsilon(),
        (float) settings.getGradientFactor(),
        1 - learningRate * (float) settings.getWeightDecay(),
        (float) (learningRate / (1 - Math.pow(beta1, steps))),
        (float) (1 / Math.sqrt(1 - Math.pow(beta2, steps))));
  }
}
