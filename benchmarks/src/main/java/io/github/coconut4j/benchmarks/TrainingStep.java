package io.github.coconut4j.benchmarks;

import static io.github.coconut4j.benchmarks.InterleavedRounds.time;

import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.train.AdamW;
import lombok.RequiredArgsConstructor;

/** A loss, then a training step on one batch: forward, gradients, update, gradients and update. */
@RequiredArgsConstructor
final class TrainingStep implements InterleavedRounds.Work {

  private static final double LEARNING_RATE = 1e-4;

  private final LatentTransformer model;
  private final AdamW optimizer;
  private final LatentBatch batch;

  @Override
  public double[] timeParts() {
    double forward = time(() -> model.loss(batch));
    LossGradients[] computed = new LossGradients[1];
    double gradients = time(() -> computed[0] = model.gradients(batch));
    double update =
        time(
            () -> {
              try (LossGradients used = computed[0]) {
                optimizer.update(used.getGradients(), LEARNING_RATE);
              }
            });
    return new double[] {forward, gradients, update, gradients + update};
  }
}
