package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.CloseArrays;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gradients that flow only through a sequence's last latents. */
class LatentBackpropTest {

  private static final double STEP = 1e-5;

  /** Tokens of the batches; those from here on stand for what latents were fed. */
  private static final int TOKENS = 7;

  private static final int VOCABULARY = 20;
  private static final String[] ROWS = {"ww***wl", ".w***ll"};

  private static TransformerConfig config(Architecture architecture, boolean projects) {
    return Architectures.of(architecture, VOCABULARY).toBuilder()
        .tieWordEmbeddings(false)
        .thoughtMap(projects ? ThoughtMapConfig.projection(5) : ThoughtMapConfig.IDENTITY)
        .build();
  }

  private static TransformerConfig through(TransformerConfig config, Integer latents) {
    return config.toBuilder().latentBackprop(latents).build();
  }

  /**
   * The batch with tokens in the place of all but each sequence's last latents, whose embeddings,
   * which nothing else reads, become what those latents are fed: constants.
   */
  private static LatentBatch truncated(LatentBatch batch, int kept, INDArray fed, Weights weights) {
    INDArray ids = batch.getInputIds().dup();
    INDArray latents = batch.getLatentMask().dup();
    int token = TOKENS;
    for (int b = 0; b < batch.sequences(); b++) {
      int left = latents.getRow(b).sumNumber().intValue() - kept;
      for (int t = 0; t < batch.steps(); t++) {
        if (batch.getLatentMask().getInt(b, t) == 1 && left-- > 0) {
          weights.tokenTable().putRow(token, fed.slice(b).getRow(t));
          latents.putScalar(b, t, 0);
          ids.putScalar(b, t, token++);
        }
      }
    }
    return LatentBatch.builder()
        .inputIds(ids)
        .positionIds(batch.getPositionIds())
        .attentionMask(batch.getAttentionMask())
        .latentMask(latents)
        .labels(batch.getLabels())
        .build();
  }

  @ParameterizedTest
  @CsvSource({"GPT2, 1, false", "LLAMA, 2, true"})
  void gradientsAreThoseOfTheTruncatedFunction(
      Architecture architecture, int kept, boolean projects) {
    TransformerConfig config = config(architecture, projects);
    Weights weights = Weights.initial(config, 5).castTo(DataType.DOUBLE);
    LatentBatch batch = Batches.of(TOKENS, 3, ROWS);
    try (LatentTransformer plain = LatentTransformer.create(config, weights, LatentLoops.UNROLLED);
        LatentTransformer truncated =
            LatentTransformer.create(through(config, kept), weights, LatentLoops.UNROLLED);
        LossGradients whole = plain.gradients(batch);
        LossGradients result = truncated.gradients(batch)) {
      LatentBatch constant = truncated(batch, kept, plain.inputEmbeddings(batch), weights);
      assertThat(result.getLoss()).isEqualTo(whole.getLoss());
      assertThat(plain.loss(constant)).isCloseTo(whole.getLoss(), within(1e-9));
      assertThat(result.getGradients()).isNotEqualTo(whole.getGradients());
      result
          .getGradients()
          .forEach((name, gradient) -> checkSomeElements(plain, constant, name, gradient));
    }
  }

  private static void checkSomeElements(
      LatentTransformer model, LatentBatch constant, String name, INDArray gradient) {
    INDArray values = model.getWeights().get(name).reshape(-1);
    boolean isTokens = name.equals(model.getWeights().getTokenTableName());
    long elements = isTokens ? TOKENS * gradient.size(1) : values.length();
    Random random = new Random(name.hashCode());
    for (int i = 0; i < 2; i++) {
      long element = random.nextInt((int) elements);
      double original = values.getDouble(element);
      values.putScalar(element, original + STEP);
      double above = model.loss(constant);
      values.putScalar(element, original - STEP);
      double below = model.loss(constant);
      values.putScalar(element, original);
      assertThat(gradient.reshape(-1).getDouble(element))
          .as("%s[%d]", name, element)
          .isCloseTo((above - below) / (2 * STEP), within(1e-7));
    }
  }

  /** Sequences of three, two and no latents: as many or more latents are all, bit for bit. */
  @ParameterizedTest
  @CsvSource({"GPT2, false", "LLAMA, true"})
  void theFusedLoopHasThem(Architecture architecture, boolean projects) {
    TransformerConfig config = config(architecture, projects);
    Weights weights = Weights.initial(config, 5);
    LatentBatch batch = Batches.of(TOKENS, 3, "www***wl", ".ww**lll", "wlllll..");
    Map<String, INDArray> all = gradients(through(config, null), weights, batch);
    assertThat(gradients(through(config, 3), weights, batch)).isEqualTo(all);
    for (int kept = 0; kept < 3; kept++) {
      Map<String, INDArray> some = gradients(through(config, kept), weights, batch);
      assertThat(some).isNotEqualTo(all);
      try (LatentTransformer unrolled =
              LatentTransformer.create(through(config, kept), weights, LatentLoops.UNROLLED);
          LossGradients expected = unrolled.gradients(batch)) {
        CloseArrays.assertClose(some, expected.getGradients(), 1e-3);
      }
    }
  }

  private static Map<String, INDArray> gradients(
      TransformerConfig config, Weights weights, LatentBatch batch) {
    try (LatentTransformer model = LatentTransformer.create(config, weights, LatentLoops.FUSED);
        LossGradients result = model.gradients(batch)) {
      Map<String, INDArray> copies = new LinkedHashMap<>();
      result.getGradients().forEach((name, gradient) -> copies.put(name, gradient.dup()));
      return copies;
    }
  }

  @Test
  void countsOfLatentsThatThereAreNotAreRefused() {
    TransformerConfig config = config(Architecture.GPT2, false);
    assertThatThrownBy(() -> through(config, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("latent_backprop must be at least 0, but is -1");
    assertThatThrownBy(() -> through(config.toBuilder().latentIterations(2).build(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("latent_backprop must be null where latents are refined together, but is 1");
  }
}
