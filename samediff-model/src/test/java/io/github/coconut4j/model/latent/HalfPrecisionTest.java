package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The unrolled loop with weights in FLOAT16 is near the one in FLOAT, padding and masks too. */
class HalfPrecisionTest {

  private static final int VOCABULARY = 11;

  /** About three decimal digits, of a few sums. */
  private static final double ROUNDING = 0.02;

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "QWEN3"})
  void outputsAndGradientsAreNearThoseOfFloats(Architecture architecture) {
    TransformerConfig config =
        Architectures.of(architecture, VOCABULARY).toBuilder().nEmbd(8).build();
    Weights floats = Weights.initial(config, 1);
    Weights halves = floats.castTo(DataType.FLOAT16);
    LatentBatch batch = Batches.of(VOCABULARY, 1, "www*wl", ".ww**l", "wwwl..");
    try (LatentTransformer expected =
            LatentTransformer.create(config, floats, LatentLoops.UNROLLED);
        LatentTransformer actual = LatentTransformer.create(config, halves, LatentLoops.UNROLLED);
        LossGradients expectedGradients = expected.gradients(batch);
        LossGradients gradients = actual.gradients(batch);
        Decoder expectedDecoder = expected.decoder(batch, 1);
        Decoder decoder = actual.decoder(batch, 1)) {
      assertThat(actual.loss(batch)).isCloseTo(expected.loss(batch), within(ROUNDING));
      assertThat(gradients.getLoss()).isCloseTo(expected.loss(batch), within(ROUNDING));
      gradients
          .getGradients()
          .forEach(
              (name, gradient) ->
                  assertNear(name, gradient, expectedGradients.getGradients().get(name)));
      decoder.advance(new int[] {1, 2, 3});
      expectedDecoder.advance(new int[] {1, 2, 3});
      assertNear("logits", decoder.logits(), expectedDecoder.logits());
    }
  }

  private static void assertNear(String name, INDArray actual, INDArray expected) {
    ArrayDifference difference = ArrayDifference.between(actual.castTo(DataType.FLOAT), expected);
    assertThat(difference.isWithin(ROUNDING)).as("%s: %s", name, difference).isTrue();
  }
}
