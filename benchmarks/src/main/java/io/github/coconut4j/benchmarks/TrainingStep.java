package io.github.coconut4j.benchmarks;

import static io.github.coconut4j.benchmarks.InterleavedRounds.time;

import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.train.AdamW;
import lombok.RequiredArgsConstructor;

/** A loss, then a training step on one batch: forward, gradients, update, gradients and update. */
@RequiredArgsConstructor
final class TrainingStep implements InterleavedRounds.Work {

  private static final double LEARNING_RATE = 1e-4;

  private final LatentTransformer model;
  private final AdamW optimizer;
  private final LatentBatch batch;
  private final DropoutRates rates;

  /** Updates done, for their masks. */
  private long updates;

  /** Of the parts' times, that of gradients and update. */
  static double ofStep(double[] parts) {
    return parts[3];
  }

  @Override
  public double[] timeParts() {
    double forward = time(() -> model.loss(batch));
    LossGradients[] computed = new LossGradients[1];
    double gradients = time(() -> computed[0] = gradients());
    double update = time(() -> update(computed[0]));
    return new double[] {forward, gradients, update, gradients + update};
  }

  /** Gradients and update, without a loss before. */
  void step() {
    update(gradients());
  }

  private LossGradients gradients() {
    return model.gradients(batch, Objective.CROSS_ENTROPY, new Dropout(rates, 0, updates++));
  }

  private void update(LossGradients gradients) {
    try (LossGradients used = gradients) {
      optimizer.update(used.getGradients(), LEARNING_RATE);
    }
  }
}
