package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The gradients of what latents are fed. */
class InputGradientsTest {

  private static final int VOCABULARY = 11;
  private static final String POSITION_TABLE = "transformer.wpe.weight";
  private static final String[] PICTURES = {"ww***wll", ".w**wll.", "ww****wl"};

  /**
   * A position table in which every place of the batch has a row of its own, with the values that
   * it had: the gradient of that row is the gradient of that place's input.
   */
  @ParameterizedTest
  @CsvSource({"FUSED, 0", "FUSED, 2", "UNROLLED, 0", "UNROLLED, 2"})
  void areThoseOfAPositionTableWithARowForEveryPlace(LatentLoops loop, int iterations) {
    TransformerConfig config =
        Architectures.of(Architecture.GPT2, VOCABULARY).toBuilder()
            .latentIterations(iterations)
            .build();
    LatentBatch batch = Batches.of(VOCABULARY, 1, PICTURES);
    Weights weights = Weights.initial(config, 5);
    int places = batch.sequences() * batch.steps();
    TransformerConfig longer = config.toBuilder().nPositions(places).build();
    int[] ids = batch.getPositionIds().reshape(-1).toIntVector();
    Weights placedWeights = Weights.initial(longer, 5);
    placedWeights.asMap().forEach((name, array) -> array.assign(values(weights, name, ids)));
    LatentBatch placed =
        LatentBatch.builder()
            .inputIds(batch.getInputIds())
            .positionIds(
                Nd4j.arange(places)
                    .castTo(DataType.INT32)
                    .reshape(batch.sequences(), batch.steps()))
            .attentionMask(batch.getAttentionMask())
            .latentMask(batch.getLatentMask())
            .labels(batch.getLabels())
            .build();
    try (LatentTransformer model = LatentTransformer.create(config, weights, loop);
        LatentTransformer tabled = LatentTransformer.create(longer, placedWeights, loop);
        LossGradients expected = tabled.gradients(placed)) {
      INDArray actual = model.inputGradients(batch, Objective.CROSS_ENTROPY);

      assertThat(actual.shape()).containsExactly(batch.sequences(), batch.steps(), 6);
      assertThat(
              ArrayDifference.between(
                  actual.reshape(places, 6), expected.getGradients().get(POSITION_TABLE)))
          .matches(d -> d.isWithin(1e-6) && d.getMagnitude() > 1e-3, "equal");
    }
  }

  private static INDArray values(Weights weights, String name, int[] ids) {
    INDArray values = weights.asMap().get(name);
    return name.equals(POSITION_TABLE) ? Nd4j.pullRows(values, 1, ids) : values;
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void areTheSameOnBothLoops(Architecture architecture) {
    TransformerConfig config = Architectures.of(architecture, VOCABULARY);
    LatentBatch batch = Batches.of(VOCABULARY, 2, PICTURES);
    Weights weights = Weights.initial(config, 7);
    try (LatentTransformer fused = LatentTransformer.create(config, weights, LatentLoops.FUSED);
        LatentTransformer unrolled =
            LatentTransformer.create(config, weights, LatentLoops.UNROLLED)) {
      INDArray actual = fused.inputGradients(batch, Objective.CROSS_ENTROPY);

      assertThat(
              ArrayDifference.between(
                  actual, unrolled.inputGradients(batch, Objective.CROSS_ENTROPY)))
          .matches(d -> d.isWithin(1e-5) && d.getMagnitude() > 1e-3, "equal");
      double ofFirstLatent =
          actual.get(NDArrayIndex.point(0), NDArrayIndex.point(2)).norm2Number().doubleValue();
      assertThat(ofFirstLatent).isFinite().isGreaterThan(1e-6);
    }
  }
}
