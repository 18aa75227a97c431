package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** GPT-2 with rotary positions, or none, in the place of its table: what must follow from them. */
class PositionEmbeddingTest {

  private static final int VOCABULARY = 17;
  private static final String WPE = "transformer.wpe.weight";

  private static final TransformerConfig TABLE =
      Architectures.of(Architecture.GPT2, VOCABULARY).toBuilder().nEmbd(8).build();
  private static final TransformerConfig ROTARY =
      TABLE.toBuilder().rotary(RotaryPositions.of(100)).build();
  private static final TransformerConfig NONE = TABLE.toBuilder().noPositions(true).build();

  private static final LatentBatch BATCH = Batches.of(VOCABULARY, 3, "www***wl", ".ww*llll");

  /** The batch with other positions: all by so many higher, or all so many times as high. */
  private static LatentBatch moved(int times, int by) {
    INDArray positions = BATCH.getPositionIds().mul(times).addi(by);
    return new LatentBatch(
        BATCH.getInputIds(),
        positions,
        BATCH.getAttentionMask(),
        BATCH.getLatentMask(),
        BATCH.getLabels(),
        null);
  }

  /** The same weights for each model. */
  private static Weights weights(TransformerConfig config) {
    Weights values = Weights.initial(NONE, 5);
    Weights weights = Weights.initial(config, 5);
    Weights.names(NONE).forEach(name -> weights.get(name).assign(values.get(name)));
    return weights;
  }

  private static double loss(
      TransformerConfig config, Weights weights, LatentBatch batch, LatentLoops loop) {
    try (LatentTransformer model = LatentTransformer.create(config, weights, loop)) {
      return model.loss(batch);
    }
  }

  private static double loss(TransformerConfig config, LatentBatch batch, LatentLoops loop) {
    return loss(config, weights(config), batch, loop);
  }

  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void noPositionsAreATableOfZeros(LatentLoops loop) {
    Weights zeros = weights(TABLE);
    zeros.get(WPE).assign(0);

    assertThat(loss(NONE, BATCH, loop)).isCloseTo(loss(TABLE, zeros, BATCH, loop), within(1e-6));
    assertThat(loss(NONE, moved(3, 7), loop)).isEqualTo(loss(NONE, BATCH, loop));
  }

  /** Scores depend on distances: moving all positions changes nothing, stretching them does. */
  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void rotaryPositionsAreRelative(LatentLoops loop) {
    double loss = loss(ROTARY, BATCH, loop);

    assertThat(loss(ROTARY, moved(1, 9), loop)).isCloseTo(loss, within(1e-5));
    assertThat(Math.abs(loss(ROTARY, moved(2, 0), loop) - loss)).isFinite().isGreaterThan(1e-3);
    assertThat(loss(ROTARY, moved(0, 0), loop)).isCloseTo(loss(NONE, BATCH, loop), within(1e-6));
    Weights table = weights(TABLE);
    assertThat(Math.abs(loss(TABLE, table, moved(1, 9), loop) - loss(TABLE, table, BATCH, loop)))
        .isFinite()
        .isGreaterThan(1e-3);
  }

  /** A decoder counts the positions of what it writes on from its prompt's. */
  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void decodersGoOnFromAnyPosition(LatentLoops loop) {
    try (LatentTransformer model = LatentTransformer.create(ROTARY, weights(ROTARY), loop);
        Decoder decoder = model.decoder(BATCH, 3);
        Decoder moved = model.decoder(moved(1, 5), 3)) {
      for (int token = 0; token < 3; token++) {
        assertThat(moved.logits().distance2(decoder.logits())).isLessThan(1e-4);
        decoder.advance(new int[] {token, token + 1});
        moved.advance(new int[] {token, token + 1});
      }
      assertThat(Nd4j.argMax(decoder.logits(), 1)).isEqualTo(Nd4j.argMax(moved.logits(), 1));
    }
  }
}
