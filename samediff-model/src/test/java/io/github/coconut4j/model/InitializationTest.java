package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Initialization.Positions;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class InitializationTest {

  private final TransformerConfig config =
      TransformerConfig.builder()
          .vocabSize(300)
          .nPositions(50)
          .nEmbd(64)
          .nLayer(2)
          .nHead(4)
          .initializerRange(0.02)
          .build();

  private final Initialization large =
      Initialization.builder()
          .linearRange(0.1)
          .residualScaled(false)
          .embeddingRange(0.3)
          .positions(Positions.SINUSOIDAL)
          .build();

  @Test
  void aModelThatNoMemoryHoldsIsRefused() {
    TransformerConfig huge =
        TransformerConfig.builder()
            .vocabSize(2_000_000_000)
            .nPositions(8)
            .nEmbd(1024)
            .nLayer(1)
            .nHead(1)
            .build();

    assertThatThrownBy(() -> Weights.initial(huge, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vocab_size");
  }

  @Test
  void rangesAreStandardDeviations() {
    Weights weights = Weights.initial(config, large, 3);
    assertThat(deviation(weights, "transformer.wte.weight")).isCloseTo(0.3, within(0.01));
    assertThat(deviation(weights, "transformer.h.0.mlp.c_fc.weight")).isCloseTo(0.1, within(0.005));
    assertThat(deviation(weights, "transformer.h.1.mlp.c_proj.weight"))
        .isCloseTo(0.1, within(0.005));
  }

  @Test
  void residualProjectionsAreScaledAsInGpt2() {
    Weights weights = Weights.initial(config, large.toBuilder().residualScaled(true).build(), 3);
    assertThat(deviation(weights, "transformer.h.1.mlp.c_proj.weight"))
        .isCloseTo(0.05, within(0.005));
  }

  @Test
  void positionsMayBeginAsSinusoids() {
    INDArray table = Weights.initial(config, large, 3).get("transformer.wpe.weight");
    assertThat(table.getDouble(0, 0)).isZero();
    assertThat(table.getDouble(0, 1)).isCloseTo(0.3, within(1e-6));
    assertThat(table.getDouble(7, 0)).isCloseTo(0.3 * Math.sin(7), within(1e-6));
    assertThat(table.getDouble(7, 63))
        .isCloseTo(0.3 * Math.cos(7 * Math.pow(10_000, -62 / 64.0)), within(1e-6));
  }

  @Test
  void positionsMayBeginOrthogonal() {
    Initialization orthogonal = large.toBuilder().positions(Positions.ORTHOGONAL).build();
    INDArray table = Weights.initial(config, orthogonal, 3).get("transformer.wpe.weight");
    INDArray products = table.mmul(table.transpose());
    INDArray expected = Nd4j.eye(50).mul(0.3 * 0.3 * 64 / 2);
    assertThat(ArrayDifference.between(products, expected.castTo(products.dataType())))
        .matches(difference -> difference.isWithin(1e-5), "within 1e-5");
  }

  @Test
  void theDefaultIsGpt2s() {
    EqualArrays.assertEqual(
        Weights.initial(config, 3), Weights.initial(config, Initialization.gpt2(config), 3));
  }

  @Test
  void negativeRangesAreRefused() {
    assertThatThrownBy(() -> large.toBuilder().embeddingRange(-1).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("embeddings")
        .hasMessageContaining("-1");
  }

  private static double deviation(Weights weights, String name) {
    return weights.get(name).stdNumber().doubleValue();
  }
}
