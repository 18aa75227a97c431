package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.CloseArrays;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The fused loop against the unrolled one on architectures and batches drawn at random. */
class LoopsAgreeTest {

  static final int VOCABULARY = 23;

  /** One drawn case. */
  record Case(TransformerConfig config, String[] rows, long seed) {

    /** The same, with latents that are refined together. */
    Case refined(int iterations) {
      return new Case(config.toBuilder().latentIterations(iterations).build(), rows, seed);
    }

    @Override
    public String toString() {
      return String.join("/", rows) + " " + config + " seed " + seed;
    }
  }

  @Property(tries = 32)
  void outputsAndGradientsAgree(@ForAll("cases") Case drawn) {
    check(drawn);
  }

  @Property(tries = 12)
  void theyAgreeWhereLatentsAreRefined(
      @ForAll("cases") Case drawn, @ForAll @IntRange(min = 1, max = 5) int iterations) {
    check(drawn.refined(iterations));
  }

  /** They also agree if gradients flow only through the last latents. */
  @Property(tries = 8)
  void theyAgreeWhereGradientsAreTruncated(
      @ForAll("cases") Case drawn,
      @ForAll("dropouts") Dropout dropout,
      @ForAll @IntRange(min = 0, max = 3) int latents) {
    TransformerConfig truncated = drawn.config().toBuilder().latentBackprop(latents).build();
    gradientsAgreeUnderDropout(new Case(truncated, drawn.rows(), drawn.seed()), dropout);
  }

  private static void check(Case drawn) {
    LatentBatch batch = Batches.of(VOCABULARY, drawn.seed(), drawn.rows());
    Weights weights = Weights.initial(drawn.config(), drawn.seed());
    try (LatentTransformer fused =
            LatentTransformer.create(drawn.config(), weights, LatentLoops.FUSED);
        LatentTransformer unrolled =
            LatentTransformer.create(drawn.config(), weights, LatentLoops.UNROLLED)) {
      assertAgree(fused, unrolled, batch);
      assertDecodingAgrees(fused, unrolled, batch);
    }
  }

  @Property(tries = 12)
  void gradientsAgreeUnderDropout(
      @ForAll("cases") Case drawn, @ForAll("dropouts") Dropout dropout) {
    LatentBatch batch = Batches.of(VOCABULARY, drawn.seed(), drawn.rows());
    Weights weights = Weights.initial(drawn.config(), drawn.seed());
    try (LatentTransformer fused =
            LatentTransformer.create(drawn.config(), weights, LatentLoops.FUSED);
        LatentTransformer unrolled =
            LatentTransformer.create(drawn.config(), weights, LatentLoops.UNROLLED);
        LossGradients actual = fused.gradients(batch, Objective.CROSS_ENTROPY, dropout);
        LossGradients expected = unrolled.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      assertAgree(actual, expected);
    }
  }

  @Property(tries = 6)
  void gradientsAgreeUnderDropoutWhereLatentsAreRefined(
      @ForAll("cases") Case drawn,
      @ForAll("dropouts") Dropout dropout,
      @ForAll @IntRange(min = 1, max = 5) int iterations) {
    gradientsAgreeUnderDropout(drawn.refined(iterations), dropout);
  }

  @Provide
  Arbitrary<Dropout> dropouts() {
    Arbitrary<Double> rates = Arbitraries.of(0.0, 0.1, 0.5, 0.8);
    return Combinators.combine(
            Combinators.combine(rates, rates, rates).as(DropoutRates::new),
            Arbitraries.longs(),
            Arbitraries.longs().greaterOrEqual(0),
            Arbitraries.integers().between(0, 1_000_000))
        .as(Dropout::new);
  }

  /** Logits after a batch, and after two tokens more. */
  static void assertDecodingAgrees(
      LatentTransformer fused, LatentTransformer unrolled, LatentBatch prompts) {
    try (Decoder actual = fused.decoder(prompts, 2);
        Decoder expected = unrolled.decoder(prompts, 2)) {
      for (int token = 0; token < 3; token++) {
        assertThat(ArrayDifference.between(actual.logits(), expected.logits()))
            .matches(difference -> difference.isWithin(1e-4), "logits within 1e-4");
        assertThat(ArrayDifference.between(actual.latents(), expected.latents()))
            .matches(difference -> difference.isWithin(1e-4), "latents within 1e-4");
        if (token < 2) {
          int[] next = new int[prompts.sequences()];
          Arrays.fill(next, token);
          actual.advance(next);
          expected.advance(next);
        }
      }
    }
  }

  /** Loss, hidden states and gradients of a batch by both loops. */
  static void assertAgree(LatentTransformer fused, LatentTransformer unrolled, LatentBatch batch) {
    try (LossGradients actual = fused.gradients(batch);
        LossGradients expected = unrolled.gradients(batch)) {
      assertAgree(actual, expected);
      assertThat(fused.loss(batch)).isCloseTo(expected.getLoss(), within(1e-5));
      assertThat(ArrayDifference.between(fused.hiddenStates(batch), unrolled.hiddenStates(batch)))
          .matches(difference -> difference.isWithin(1e-4), "hidden states within 1e-4");
    }
  }

  static void assertAgree(LossGradients actual, LossGradients expected) {
    assertThat(expected.getLoss()).isFinite();
    assertThat(actual.getLoss()).isCloseTo(expected.getLoss(), within(1e-5));
    CloseArrays.assertClose(actual.getGradients(), expected.getGradients(), 1e-3);
  }

  @Provide
  Arbitrary<Case> cases() {
    return Combinators.combine(
            Architectures.drawn(VOCABULARY), batches(), Arbitraries.longs().between(0, 1000))
        .as(Case::new);
  }

  /** Rows that share the column of their first latent; at least one token is labelled. */
  private static Arbitrary<String[]> batches() {
    return Arbitraries.integers()
        .between(1, 9)
        .flatMap(
            first ->
                row(first)
                    .array(String[].class)
                    .ofMinSize(1)
                    .ofMaxSize(4)
                    .map(LoopsAgreeTest::paddedToOneLength));
  }

  private static Arbitrary<String> row(int first) {
    return Combinators.combine(
            Arbitraries.integers().between(0, first - 1),
            Arbitraries.integers().between(0, 4),
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(1, 4))
        .as(
            (padding, latents, words, labels) ->
                latents == 0
                    ? "w".repeat(first) + "l".repeat(labels)
                    : ".".repeat(padding)
                        + "w".repeat(first - padding)
                        + "*".repeat(latents)
                        + "w".repeat(words)
                        + "l".repeat(labels));
  }

  private static String[] paddedToOneLength(String[] rows) {
    int length = 0;
    for (String row : rows) {
      length = Math.max(length, row.length());
    }
    String[] padded = new String[rows.length];
    for (int i = 0; i < rows.length; i++) {
      padded[i] = rows[i] + ".".repeat(length - rows[i].length());
    }
    return padded;
  }
}
