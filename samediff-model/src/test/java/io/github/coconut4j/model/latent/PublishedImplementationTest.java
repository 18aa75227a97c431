package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Compares the model with what the published Coconut implementation computes. */
@ParameterizedClass
@CsvSource({
  "tiny-gpt2-a,UNROLLED",
  "tiny-gpt2-a,FUSED",
  "tiny-gpt2-b,UNROLLED",
  "tiny-gpt2-b,FUSED"
})
class PublishedImplementationTest {

  @Parameter(0)
  String name;

  @Parameter(1)
  LatentLoops loop;

  private Fixture fixture;
  private LatentTransformer model;

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
      assertThat(result.getGradients()).hasSameSizeAs(fixture.weights().asMap());
      result
          .getGradients()
          .forEach(
              (parameter, gradient) -> {
                INDArray expected = fixture.expected().get("grad." + parameter);
                double largest = expected.amaxNumber().doubleValue();
                assertThat(gradient.sub(expected).amaxNumber().doubleValue())
                    .as(parameter)
                    .isLessThan(1e-3 * (largest == 0 ? 1 : largest));
              });
    }
  }

  @Test
  void logitsOfRealPositionsAreThePublishedOnes() {
    INDArray difference = model.logits(fixture.batch()).sub(fixture.expected().get("logits"));
    INDArray real = fixture.batch().getAttentionMask().castTo(difference.dataType());
    INDArray masked = difference.mul(Nd4j.expandDims(real, 2));
    assertThat(masked.amaxNumber().doubleValue()).isLessThan(1e-4);
  }

  @Test
  void inputEmbeddingsAreThePublishedOnes() {
    INDArray difference =
        model.inputEmbeddings(fixture.batch()).sub(fixture.expected().get("inputs_embeds"));
    INDArray real = fixture.batch().getAttentionMask().castTo(difference.dataType());
    INDArray masked = difference.mul(Nd4j.expandDims(real, 2));
    assertThat(masked.amaxNumber().doubleValue()).isLessThan(1e-4);
  }

  @Test
  void greedyContinuationsAreThePublishedOnes() {
    for (Fixture.Greedy greedy : fixture.greedy()) {
      LatentBatch prompt = Prompts.single(greedy.prompt(), fixture.latentId());
      int[] continuation =
          Arrays.copyOfRange(greedy.tokens(), greedy.prompt().length, greedy.tokens().length);
      try (Decoder decoder = model.decoder(prompt, continuation.length)) {
        for (int token : continuation) {
          assertThat(decoder.logits().argMax(1).getInt(0)).isEqualTo(token);
          decoder.advance(new int[] {token});
        }
      }
    }
  }
}
