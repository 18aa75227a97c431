package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What holds for every objective. */
public final class ObjectiveChecks {

  private ObjectiveChecks() {}

  /** Loss and all gradients of the fused loop are those of the unrolled one; weights of FLOAT. */
  public static void assertLoopsAgree(
      TransformerConfig config, Weights weights, LatentBatch batch, Objective objective) {
    try (LatentTransformer fused = LatentTransformer.create(config, weights, LatentLoops.FUSED);
        LatentTransformer unrolled =
            LatentTransformer.create(config, weights, LatentLoops.UNROLLED);
        LossGradients ours = fused.gradients(batch, objective);
        LossGradients reference = unrolled.gradients(batch, objective)) {
      double loss = reference.getLoss();
      assertThat(loss).isFinite().isNotZero();
      assertThat(ours.getLoss()).isCloseTo(loss, within(1e-5 * (1 + Math.abs(loss))));
      assertThat(fused.loss(batch, objective)).isCloseTo(ours.getLoss(), within(1e-5));
      assertThat(ours.getGradients()).hasSameSizeAs(reference.getGradients());
      ours.getGradients()
          .forEach(
              (name, gradient) -> {
                INDArray expected = reference.getGradients().get(name);
                assertThat(ArrayDifference.between(gradient, expected).isWithin(2e-4))
                    .as("%s: %s instead of %s", name, gradient, expected)
                    .isTrue();
              });
    }
  }

  /** Gradients of parameters are those of the loss, along random directions; weights of DOUBLE. */
  public static void assertCentralDifferences(
      TransformerConfig config, Weights weights, LatentBatch batch, Objective objective) {
    try (LatentTransformer model = LatentTransformer.create(config, weights, LatentLoops.UNROLLED);
        LossGradients result = model.gradients(batch, objective)) {
      Map<String, INDArray> values = new HashMap<>(weights.asMap());
      values.putAll(objective.parameters());
      new DirectionalDerivatives(values, result.getGradients(), () -> model.loss(batch, objective))
          .check();
    }
  }
}
