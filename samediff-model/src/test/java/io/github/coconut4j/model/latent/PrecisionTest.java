package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Training and decoding in bfloat16 against float32. */
class PrecisionTest {

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(50)
          .nPositions(64)
          .nEmbd(64)
          .nLayer(2)
          .nHead(4)
          .initializerRange(0.1)
          .build();

  private static final TransformerConfig LLAMA =
      CONFIG.toBuilder()
          .architecture(Architecture.LLAMA)
          .nKvHead(2)
          .activationFunction(Activation.SILU)
          .rotary(RotaryPositions.of(10_000))
          .build();

  static final List<TransformerConfig> CONFIGS = List.of(CONFIG, LLAMA);

  private final LatentBatch batch =
      Batches.of(
          50,
          5,
          "w".repeat(30) + "***" + "wllll",
          "..".repeat(5) + "w".repeat(20) + "**" + "wlllll",
          "w".repeat(30) + "****" + "llll",
          "w".repeat(30) + "*" + "wwwllll");

  /** bfloat16 keeps 8 bits of a factor, so a product is off by up to 2^-8 of its terms. */
  @ParameterizedTest
  @FieldSource("CONFIGS")
  void lossAndGradientsAreFloat32sToBfloat16sRounding(TransformerConfig config) {
    assumeTrue(
        LatentLoops.FUSED.backend().unsupportedReason(Precision.BF16).isEmpty(),
        "the processor does not multiply in bfloat16");
    Weights weights = Weights.initial(config, 3);
    try (LatentTransformer exact =
            LatentTransformer.create(config, weights, LatentLoops.FUSED, Precision.FLOAT32);
        LatentTransformer rounded =
            LatentTransformer.create(config, weights, LatentLoops.FUSED, Precision.BF16);
        LossGradients expected = exact.gradients(batch);
        LossGradients actual = rounded.gradients(batch)) {
      assertThat(expected.getLoss()).isFinite();
      assertThat(actual.getLoss())
          .isNotEqualTo(expected.getLoss())
          .isCloseTo(expected.getLoss(), within(1e-2));
      expected
          .getGradients()
          .forEach((name, gradient) -> agree(name, actual.getGradients().get(name), gradient));
    }
  }

  @ParameterizedTest
  @FieldSource("CONFIGS")
  void decodersRoundWhereTheyAreAskedTo(TransformerConfig config) {
    Backend fused = LatentLoops.FUSED.backend();
    assumeTrue(
        fused.unsupportedReason(Precision.BF16).isEmpty(),
        "the processor does not multiply in bfloat16");
    LatentBatch prompts = Batches.of(50, 5, "www***w", "..w***w", ".ww*www");
    Weights weights = Weights.initial(config, 3).castTo(DataType.BFLOAT16);
    try (LatentTransformer exact =
            LatentTransformer.create(config, weights, fused, Precision.BF16);
        LatentTransformer rounded =
            LatentTransformer.create(config, weights, fused, Precision.FLOAT32, Precision.BF16);
        Decoder expected = exact.decoder(prompts, 3);
        Decoder actual = rounded.decoder(prompts, 3)) {
      for (int step = 0; step < 3; step++) {
        INDArray logits = expected.logits();
        assertThat(actual.logits()).isNotEqualTo(logits);
        agree("logits of step " + step, actual.logits(), logits);
        expected.advance(new int[] {1, 2, 3});
        actual.advance(new int[] {1, 2, 3});
      }
      assertThat(actual.hiddenStates()).isNotEqualTo(expected.hiddenStates());
      agree("hidden states", actual.hiddenStates(), expected.hiddenStates());
    }
  }

  static void agree(String name, INDArray actual, INDArray expected) {
    double error = actual.sub(expected).norm2Number().doubleValue(); // NaN where an element is
    assertThat(error).as(name).isLessThan(0.03 * expected.norm2Number().doubleValue() + 1e-6);
  }

  @Test
  void theUnrolledLoopRefusesBfloat16() {
    Weights weights = Weights.initial(CONFIG, 3);
    Backend unrolled = LatentLoops.UNROLLED.backend();
    List<ThrowingCallable> refused =
        List.of(
            () -> LatentTransformer.create(CONFIG, weights, LatentLoops.UNROLLED, Precision.BF16),
            () ->
                LatentTransformer.create(
                    CONFIG, weights, unrolled, Precision.FLOAT32, Precision.BF16));
    assertThat(refused)
        .allSatisfy(
            call ->
                assertThatThrownBy(call)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("unrolled", "bf16", "float32"));
  }
}
