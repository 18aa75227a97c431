package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Positions outside the position table are rejected and not read. */
class PositionIdsTest {

  private static final int VOCABULARY = 19;
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(8)
          .nEmbd(8)
          .nLayer(1)
          .nHead(2)
          .build();

  private static LatentBatch batchWith(int position) {
    LatentBatch batch = Batches.of(VOCABULARY, 1, "wwwl", "wwwl");
    INDArray positions = batch.getPositionIds().dup();
    positions.putScalar(1, 2, position);
    return LatentBatch.builder()
        .inputIds(batch.getInputIds())
        .positionIds(positions)
        .attentionMask(batch.getAttentionMask())
        .latentMask(batch.getLatentMask())
        .labels(batch.getLabels())
        .build();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 8, 1_000_000})
  void areRefusedOutsideTheTable(int position) {
    LatentBatch batch = batchWith(position);
    Weights weights = Weights.initial(CONFIG, 4);
    try (LatentTransformer transformer =
        LatentTransformer.create(CONFIG, weights, LatentLoops.FUSED)) {
      assertThatThrownBy(() -> transformer.loss(batch))
          .hasMessageContainingAll("position id", "n_positions", "has " + position + ".");
      assertThatThrownBy(() -> transformer.decoder(batch, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("position id", "n_positions", "has " + position + ".");
    }
  }
}
