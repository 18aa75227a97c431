package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The unrolled loop's gradients in double precision against central differences of its loss. */
class FiniteDifferenceTest {

  private static final int VOCABULARY = 7;

  private static final String PICTURES = "www***wl/.ww*llll/wlllll..";

  @ParameterizedTest
  @ValueSource(
      strings = {"wwwwll", "ww*wll/.wwwll", PICTURES, "w*l", "w***l/w*lll", "www**wl/......l"})
  void gradientsAreThoseOfTheLoss(String pictures) {
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(VOCABULARY)
            .nPositions(12)
            .nEmbd(6)
            .nLayer(2)
            .nHead(2)
            .initializerRange(0.3)
            .build();
    check(config, pictures, DropoutRates.NONE);
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void everyFamilyHasTheGradientsOfItsLoss(Architecture architecture) {
    check(Architectures.of(architecture, VOCABULARY), PICTURES, DropoutRates.NONE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gpt2WithoutATableOfPositionsHasTheGradientsOfItsLoss(boolean rotary) {
    TransformerConfig config =
        Architectures.of(Architecture.GPT2, VOCABULARY).toBuilder()
            .nEmbd(8)
            .rotary(rotary ? RotaryPositions.of(100) : null)
            .noPositions(!rotary)
            .build();
    check(config, "ww*l/.wll", DropoutRates.NONE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void gradientsUnderDropoutAreThoseOfTheLossWithItsMasks(Architecture architecture) {
    TransformerConfig config = Architectures.of(architecture, VOCABULARY);
    check(config, "ww*wl/.wwll", DropoutRates.of(config, 0.3));
  }

  @ParameterizedTest
  @CsvSource({"GPT2, 1, 0", "GPT2, 2, 0", "LLAMA, 1, 0.3", "LLAMA, 2, 0"})
  void gradientsOfRefinedLatentsAreThoseOfTheLoss(
      Architecture architecture, int iterations, double dropout) {
    TransformerConfig config =
        Architectures.of(architecture, VOCABULARY).toBuilder().latentIterations(iterations).build();
    check(config, "w***l/w*lll", DropoutRates.of(config, dropout));
  }

  private static void check(TransformerConfig config, String pictures, DropoutRates rates) {
    Weights weights = Weights.initial(config, 5).castTo(DataType.DOUBLE);
    LatentBatch batch = Batches.of(VOCABULARY, 3, pictures.split("/"));
    check(config, weights, batch, new Dropout(rates, 4, 2));
  }

  /** The gradients of every parameter that is trained; weights of DOUBLE. */
  static void check(TransformerConfig config, Weights weights, LatentBatch batch, Dropout dropout) {
    try (LatentTransformer model = LatentTransformer.create(config, weights, LatentLoops.UNROLLED);
        LossGradients result = model.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      new DirectionalDerivatives(
              model.getWeights().asMap(), result.getGradients(), () -> loss(model, batch, dropout))
          .check();
    }
  }

  private static double loss(LatentTransformer model, LatentBatch batch, Dropout dropout) {
    if (dropout.rates().isNone()) {
      return model.loss(batch);
    }
    try (LossGradients result = model.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      return result.getLoss();
    }
  }
}
