package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.CloseArrays;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

/** A sequence with several continuations gives the results of as many sequences. */
class ContinuationsTest {

  private static final int VOCABULARY = 11;

  /** With padding, without another continuation, with nothing in common, with three. */
  private static LatentBatch joined() {
    String[] pictures = {
      "..wwww***wllwwllll", "wwwwww**wllwlll...", "wwwwwwwll.........", "..wwww*lwwllwlllll"
    };
    String[] segments = {
      "001112222222333333", "222222222223333000", "111111111000000000", "001112223333444444"
    };
    return Batches.withContinuations(VOCABULARY, 3, pictures, segments);
  }

  private static LatentTransformer model(TransformerConfig config, String backend) {
    Weights weights = Weights.initial(config, 5);
    return LatentTransformer.create(config, weights, Backends.named(backend), Precision.FLOAT32);
  }

  @ParameterizedTest
  @CsvSource({
    "GPT2, onednn, 0",
    "GPT2, onednn, 2",
    "GPT2, nd4j, 0",
    "GPT2, nd4j, 2",
    "GPT2, plain-java, 0",
    "LLAMA, onednn, 0",
    "LLAMA, onednn, 2",
    "LLAMA, nd4j, 0",
    "LLAMA, plain-java, 2"
  })
  void theyAreSequencesOfTheirOwn(Architecture architecture, String backend, int iterations) {
    assertSequencesOfTheirOwn(architecture, backend, iterations);
  }

  static void assertSequencesOfTheirOwn(Architecture architecture, String backend, int iterations) {
    TransformerConfig config =
        Architectures.of(architecture, VOCABULARY).toBuilder().latentIterations(iterations).build();
    try (LatentTransformer model = model(config, backend);
        LossGradients together = model.gradients(joined());
        LossGradients apart = model.gradients(Batches.apart(joined()))) {
      assertThat(together.getCount()).isEqualTo(apart.getCount());
      assertThat(together.getLoss()).isCloseTo(apart.getLoss(), within(1e-5));
      CloseArrays.assertClose(together.getGradients(), apart.getGradients(), 1e-4);
    }
  }

  /** Without which the test above could not fail. */
  @Test
  void whatTheySeeMatters() {
    LatentBatch batch = joined();
    LatentBatch blurred =
        LatentBatch.builder()
            .inputIds(batch.getInputIds())
            .positionIds(batch.getPositionIds())
            .attentionMask(Nd4j.createFromArray(realOnly(batch)))
            .latentMask(batch.getLatentMask())
            .labels(batch.getLabels())
            .build();
    TransformerConfig config = Architectures.of(Architecture.GPT2, VOCABULARY);
    try (LatentTransformer model = model(config, "onednn")) {
      assertThat(model.loss(batch)).isNotCloseTo(model.loss(blurred), within(1e-4));
    }
  }

  private static int[][] realOnly(LatentBatch batch) {
    int[][] mask = batch.getAttentionMask().toIntMatrix();
    for (int[] row : mask) {
      for (int t = 0; t < row.length; t++) {
        row[t] = Math.min(1, row[t]);
      }
    }
    return mask;
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void bothLoopsDropTheSame(Architecture architecture) {
    assertBothDropTheSame(architecture, "onednn");
  }

  static void assertBothDropTheSame(Architecture architecture, String backend) {
    TransformerConfig config = Architectures.of(architecture, VOCABULARY);
    Dropout dropout = new Dropout(DropoutRates.of(config, 0.3), 7, 2);
    try (LatentTransformer fused = model(config, backend);
        LatentTransformer unrolled = model(config, "nd4j");
        LossGradients actual = fused.gradients(joined(), Objective.CROSS_ENTROPY, dropout);
        LossGradients expected = unrolled.gradients(joined(), Objective.CROSS_ENTROPY, dropout);
        LossGradients whole = fused.gradients(joined())) {
      LoopsAgreeTest.assertAgree(actual, expected);
      assertThat(actual.getLoss()).isNotCloseTo(whole.getLoss(), within(1e-4));
    }
  }

  @Test
  void whatCannotGoOnIsRefused() {
    TransformerConfig config = Architectures.of(Architecture.GPT2, VOCABULARY);
    try (LatentTransformer model = model(config, "onednn")) {
      assertThatThrownBy(() -> model.decoder(joined(), 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must have one end");
      assertThatThrownBy(() -> model.loss(batch("wwwwlll", "1122333")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sequence 0 at time step 4 follows another continuation");
      assertThatThrownBy(() -> model.loss(batch("wwww*ll", "1122333")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is of segment 3 and the one before of 2");
      assertThat(model.loss(batch("wwwllll", "1122222"))).isFinite();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, (1 << 24) + 1})
  void segmentsAreNumbersThatBothLoopsCompareAlike(int segment) {
    assertThatThrownBy(
            () -> Positions.of(1, 3, new int[3], new int[] {1, segment, segment}, new int[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("but has " + segment);
  }

  private static LatentBatch batch(String picture, String segments) {
    String[] pictures = {picture};
    return Batches.withContinuations(VOCABULARY, 1, pictures, new String[] {segments});
  }
}
