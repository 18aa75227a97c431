package io.github.coconut4j.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.CloseArrays;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An objective of another package trains a model with only the public API. */
class LabelSmoothingTest {

  private static final int VOCABULARY = 31;

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(16)
          .nEmbd(12)
          .nLayer(1)
          .nHead(3)
          .initializerRange(0.3)
          .build();

  private static final Objective SMOOTHING = new LabelSmoothing(0.1, VOCABULARY);

  /** Two sequences with latents at time steps 3 and 4, labels at the last two. */
  private static LatentBatch batch() {
    int[][] ids = {{1, 2, 3, 4, 5, 6, 7}, {0, 9, 8, 7, 6, 5, 4}};
    int[][] positions = {{0, 1, 2, 3, 4, 5, 6}, {0, 0, 1, 2, 3, 4, 5}};
    int[][] real = {{1, 1, 1, 1, 1, 1, 1}, {0, 1, 1, 1, 1, 1, 1}};
    int[][] latent = {{0, 0, 0, 1, 1, 0, 0}, {0, 0, 0, 1, 1, 0, 0}};
    int no = LatentBatch.IGNORED_LABEL;
    int[][] labels = {{no, no, no, no, no, 6, 7}, {no, no, no, no, no, 5, 4}};
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(ids))
        .positionIds(Nd4j.createFromArray(positions))
        .attentionMask(Nd4j.createFromArray(real))
        .latentMask(Nd4j.createFromArray(latent))
        .labels(Nd4j.createFromArray(labels))
        .build();
  }

  @Test
  void gradientsAgreeWithCentralDifferences() {
    Weights weights = Weights.initial(CONFIG, 7).castTo(DataType.DOUBLE);
    LatentBatch batch = batch();
    Random random = new Random(4);
    try (LatentTransformer model = LatentTransformer.create(CONFIG, weights, LatentLoops.UNROLLED);
        LossGradients gradients = model.gradients(batch, SMOOTHING)) {
      assertThat(gradients.getCount()).isEqualTo(4);
      for (Map.Entry<String, INDArray> each : weights.asMap().entrySet()) {
        INDArray flat = each.getValue().reshape(-1);
        INDArray gradient = gradients.getGradients().get(each.getKey()).reshape(-1);
        for (int sample = 0; sample < 2; sample++) {
          long index = random.nextInt((int) flat.length());
          assertThat(gradient.getDouble(index))
              .as("%s, value %d", each.getKey(), index)
              .isCloseTo(slope(model, batch, flat, index), within(1e-6));
        }
      }
    }
  }

  private static double slope(
      LatentTransformer model, LatentBatch batch, INDArray values, long index) {
    double before = values.getDouble(index);
    double step = 1e-5;
    values.putScalar(index, before + step);
    double above = model.loss(batch, SMOOTHING);
    values.putScalar(index, before - step);
    double below = model.loss(batch, SMOOTHING);
    values.putScalar(index, before);
    return (above - below) / (2 * step);
  }

  @Test
  void bothLoopsAgree() {
    Weights weights = Weights.initial(CONFIG, 7);
    try (LatentTransformer fused = LatentTransformer.create(CONFIG, weights, LatentLoops.FUSED);
        LatentTransformer unrolled =
            LatentTransformer.create(CONFIG, weights, LatentLoops.UNROLLED);
        LossGradients actual = fused.gradients(batch(), SMOOTHING);
        LossGradients expected = unrolled.gradients(batch(), SMOOTHING)) {
      assertThat(expected.getLoss()).isFinite();
      assertThat(actual.getLoss()).isCloseTo(expected.getLoss(), within(1e-5));
      CloseArrays.assertClose(actual.getGradients(), expected.getGradients(), 1e-3);
    }
  }

  @Test
  void withoutSmoothingItIsTheCrossEntropy() {
    Weights weights = Weights.initial(CONFIG, 7);
    try (LatentTransformer model = LatentTransformer.create(CONFIG, weights, LatentLoops.FUSED)) {
      double expected = model.loss(batch());
      assertThat(model.loss(batch(), new LabelSmoothing(0, VOCABULARY)))
          .isCloseTo(expected, within(1e-5));
      assertThat(model.loss(batch(), SMOOTHING)).isNotCloseTo(expected, within(1e-3));
    }
  }
}
