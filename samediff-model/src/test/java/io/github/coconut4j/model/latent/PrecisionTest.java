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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Training in bfloat16 against training in float32. */
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

  static void agree(String name, INDArray actual, INDArray expected) {
    double error = actual.sub(expected).norm2Number().doubleValue(); // NaN where an element is
    assertThat(error).as(name).isLessThan(0.03 * expected.norm2Number().doubleValue() + 1e-6);
  }

  @Test
  void theUnrolledLoopRefusesBfloat16() {
    Weights weights = Weights.initial(CONFIG, 3);
    assertThatThrownBy(
            () -> LatentTransformer.create(CONFIG, weights, LatentLoops.UNROLLED, Precision.BF16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("unrolled", "bf16", "float32");
  }
}
