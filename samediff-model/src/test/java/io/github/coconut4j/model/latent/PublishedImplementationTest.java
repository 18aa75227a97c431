package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ArrayDifference;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compares the model with what independent implementations compute. */
@ParameterizedClass
@CsvSource({
  "tiny-gpt2-a,UNROLLED",
  "tiny-gpt2-a,FUSED",
  "tiny-gpt2-b,UNROLLED",
  "tiny-gpt2-b,FUSED",
  "tiny-gpt2-e,UNROLLED",
  "tiny-gpt2-e,FUSED",
  "tiny-llama-a,UNROLLED",
  "tiny-llama-a,FUSED",
  "tiny-llama-b,UNROLLED",
  "tiny-llama-b,FUSED",
  "tiny-qwen2-a,UNROLLED",
  "tiny-qwen2-a,FUSED",
  "tiny-qwen3-a,UNROLLED",
  "tiny-qwen3-a,FUSED"
})
class PublishedImplementationTest {

  @Parameter(0)
  String name;

  @Parameter(1)
  LatentLoops loop;

  private Fixture fixture;
  private LatentTransformer model;

  LatentTransformer model() {
    return model;
  }

  @BeforeEach
  void open() {
    fixture = Fixture.load(name);
    model = LatentTransformer.create(fixture.config(), fixture.weights(), loop);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void lossIsThePublishedOne() {
    assertThat(model.loss(fixture.batch())).isCloseTo(fixture.loss(), within(1e-5));
  }

  @Test
  void gradientsAreThePublishedOnes() {
    try (LossGradients result = model.gradients(fixture.batch())) {
      assertThat(result.getLoss()).isCloseTo(fixture.loss(), within(1e-5));
      assertThat(ArrayDifference.between(result.getGradients(), fixture.gradients()))
          .allSatisfy(
              (parameter, difference) ->
                  assertThat(difference)
                      .matches(
                          d -> d.getMagnitude() == 0 ? d.isWithin(1e-6) : d.relative() <= 1e-3,
                          "within 1e-3 of its largest magnitude"));
    }
  }

  @Test
  void logitsOfRealPositionsAreThePublishedOnes() {
    assertRealPositions(model.logits(fixture.batch()), "logits");
  }

  @Test
  void inputEmbeddingsAreThePublishedOnes() {
    assertRealPositions(model.inputEmbeddings(fixture.batch()), "inputs_embeds");
  }

  private void assertRealPositions(INDArray actual, String name) {
    INDArray real = fixture.batch().getAttentionMask();
    assertThat(ArrayDifference.between(actual, fixture.expected().get(name), real))
        .matches(difference -> difference.isWithin(1e-4), name + " within 1e-4");
  }

  @Test
  void greedyContinuationsAreThePublishedOnes() {
    assertAnswers(model, fixture);
  }

  /** Requires the published greedy continuations of a fixture's prompts. */
  static void assertAnswers(LatentTransformer model, Fixture fixture) {
    assertThat(fixture.greedy()).isNotEmpty();
    for (Fixture.Greedy greedy : fixture.greedy()) {
      LatentBatch prompt = Prompts.single(greedy.prompt(), fixture.latentId());
      int[] continuation =
          Arrays.copyOfRange(greedy.tokens(), greedy.prompt().length, greedy.tokens().length);
      try (Decoder decoder = model.decoder(prompt, continuation.length)) {
        for (int token : continuation) {
          assertThat(decoder.logits().data().asDouble()).doesNotContain(Double.NaN);
          assertThat(decoder.logits().argMax(1).getInt(0)).isEqualTo(token);
          decoder.advance(new int[] {token});
        }
      }
    }
  }
}
