package io.github.coconut4j.train;

import io.github.coconut4j.config.OnNonfinite;
import io.github.coconut4j.model.latent.LossGradients;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** One update of the parameters from one or more batches: gradients, guard, clipping, optimiser. */
@Slf4j
@RequiredArgsConstructor
final class UpdateStep {

  /**
   * Beyond it squares overflow in FLOAT, and an optimiser's mean of squares is infinite for good.
   */
  private static final double LARGEST_NORM = Math.sqrt(Float.MAX_VALUE);

  private final GradientSource source;
  private final Optimizer optimizer;

  /** Norm to which longer gradients are scaled, or null. */
  private final Double maxGradNorm;

  private final OnNonfinite onNonfinite;

  UpdateResult run(List<MultiDataSet> batches, double learningRate) {
    try (LossGradients gradients = source.gradients(batches)) {
      return apply(gradients.getLoss(), gradients.getGradients(), learningRate);
    }
  }

  private UpdateResult apply(double loss, Map<String, INDArray> gradients, double learningRate) {
    double norm = optimizer.gradientNorm(gradients);
    double factor = maxGradNorm != null && norm > maxGradNorm ? maxGradNorm / norm : 1;
    if (!Double.isFinite(loss) || !(norm * factor <= LARGEST_NORM)) {
      return refuse(loss, norm, learningRate);
    }
    optimizer.update(gradients, learningRate, factor);
    return new UpdateResult(loss, norm, true);
  }

  private UpdateResult refuse(double loss, double norm, double learningRate) {
    String found =
        "loss %s, gradient norm %s at learning rate %s".formatted(loss, norm, learningRate);
    if (onNonfinite == OnNonfinite.STOP) {
      throw new NonFiniteException(found);
    }
    log.warn("Update left out, its numbers are not finite or too large: {}", found);
    return new UpdateResult(loss, norm, false);
  }
}
