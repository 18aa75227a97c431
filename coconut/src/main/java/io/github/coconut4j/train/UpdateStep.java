package io.github.coconut4j.train;

import io.github.coconut4j.config.OnNonfinite;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LossGradients;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * One update of the parameters from one or more batches: gradients, check for finite numbers,
 * clipping, optimiser, metrics.
 */
@Slf4j
@RequiredArgsConstructor
final class UpdateStep {

  /**
   * Above this, squares overflow in FLOAT, and an optimiser's mean of squares would stay infinite.
   */
  private static final double LARGEST_NORM = Math.sqrt(Float.MAX_VALUE);

  private final GradientSource source;
  private final Optimizer optimizer;

  /** Norm to which larger gradients are clipped, or null. */
  private final Double maxGradNorm;

  private final OnNonfinite onNonfinite;

  /** Whether the optimiser reads gradients in the memory of the model's device. */
  private final boolean onDevice;

  private final Ranks ranks;

  /** Whether parameters are being changed; if that fails, they belong to no update. */
  @Getter private boolean midway;

  /** Makes a step whose optimiser reads gradients on the host. */
  UpdateStep(
      GradientSource source, Optimizer optimizer, Double maxGradNorm, OnNonfinite onNonfinite) {
    this(source, optimizer, maxGradNorm, onNonfinite, false, Ranks.alone());
  }

  /**
   * Updates the parameters, unless a number is not finite.
   *
   * @param before state of the run before the update
   * @param dropout dropout of the first batch
   * @param start start time of the update, by {@link System#nanoTime}
   * @throws NonFiniteException if a number is not finite and the run is configured to stop
   */
  UpdateMetrics run(
      TrainingState before,
      List<MultiDataSet> batches,
      Dropout dropout,
      double learningRate,
      long start) {
    try (LossGradients gradients = source.gradients(batches, dropout)) {
      requireGiven(gradients);
      Map<String, INDArray> arrays =
          onDevice ? gradients.getGradientsOnDevice() : gradients.getGradients();
      requireSome(arrays);
      double norm = optimizer.gradientNorm(arrays); // which also copies the loss from a device
      double loss = gradients.getLoss();
      apply(loss, norm, arrays, learningRate);
      double seconds = (System.nanoTime() - start) / 1e9;
      return new UpdateMetrics(
          before.getStep() + 1,
          before.getEpoch(),
          before.getStage(),
          loss,
          learningRate,
          norm,
          (ranks.areSeveral() ? ranks.getTokens() : realTokens(batches)) / seconds,
          Instant.now().toString());
    }
  }

  /** Rejects missing gradients, since a run of such updates would look normal. */
  private static void requireGiven(LossGradients gradients) {
    if (gradients == null) {
      throw without("null");
    }
  }

  private static void requireSome(Map<String, INDArray> gradients) {
    if (gradients.isEmpty()) {
      throw without("none, or closed them before");
    }
  }

  private static IllegalStateException without(String found) {
    return new IllegalStateException(
        "An update needs gradients, but its source gave "
            + found
            + ". Have the gradient source compute them for every update.");
  }

  private void apply(
      double loss, double norm, Map<String, INDArray> gradients, double learningRate) {
    double factor = maxGradNorm != null && norm > maxGradNorm ? maxGradNorm / norm : 1;
    if (Double.isFinite(loss) && norm * factor <= LARGEST_NORM) {
      midway = true;
      optimizer.update(gradients, learningRate, factor);
      midway = false;
    } else {
      refuse(loss, norm, learningRate);
    }
  }

  private void refuse(double loss, double norm, double learningRate) {
    String found =
        "loss %s, gradient norm %s at learning rate %s".formatted(loss, norm, learningRate);
    if (onNonfinite == OnNonfinite.STOP) {
      throw new NonFiniteException(found);
    }
    log.warn("Update left out, its numbers are not finite or too large: {}", found);
  }

  /** Number of tokens of batches without padding. */
  static double realTokens(List<MultiDataSet> batches) {
    return batches.stream()
        .map(batch -> batch.getFeatures(SequenceBatcher.ATTENTION_MASK))
        .mapToDouble(
            mask -> IntStream.of(mask.reshape(-1).toIntVector()).filter(s -> s > 0).count())
        .sum();
  }
}
