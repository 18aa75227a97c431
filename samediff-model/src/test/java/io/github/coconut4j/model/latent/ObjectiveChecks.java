package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What holds for every objective. */
public final class ObjectiveChecks {

  private static final double STEP = 1e-5;

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

  /** Gradients of parameters are central differences of the loss; weights of DOUBLE. */
  public static void assertCentralDifferences(
      TransformerConfig config, Weights weights, LatentBatch batch, Objective objective) {
    try (LatentTransformer model = LatentTransformer.create(config, weights, LatentLoops.UNROLLED);
        LossGradients result = model.gradients(batch, objective)) {
      Map<String, INDArray> own = objective.parameters();
      result
          .getGradients()
          .forEach(
              (name, gradient) -> {
                INDArray values = own.containsKey(name) ? own.get(name) : weights.get(name);
                assertSomeElements(model, batch, objective, name, values.reshape(-1), gradient);
              });
    }
  }

  private static void assertSomeElements(
      LatentTransformer model,
      LatentBatch batch,
      Objective objective,
      String name,
      INDArray values,
      INDArray gradient) {
    Random random = new Random(name.hashCode());
    for (int i = 0; i < 2; i++) {
      long element = random.nextInt((int) values.length());
      double original = values.getDouble(element);
      values.putScalar(element, original + STEP);
      double above = model.loss(batch, objective);
      values.putScalar(element, original - STEP);
      double below = model.loss(batch, objective);
      values.putScalar(element, original);
      double difference = (above - below) / (2 * STEP);
      assertThat(difference).as("%s[%d]", name, element).isFinite();
      assertThat(gradient.reshape(-1).getDouble(element))
          .as("%s[%d]", name, element)
          .isCloseTo(difference, within(1e-7 * (1 + Math.abs(difference))));
    }
  }
}
