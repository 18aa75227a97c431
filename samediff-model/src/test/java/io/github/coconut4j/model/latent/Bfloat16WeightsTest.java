package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.CloseArrays;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Compares models with bfloat16 weights with the same weights in float32. */
class Bfloat16WeightsTest {

  private static final int VOCABULARY = 23;
  private static final String[] PICTURES = {"www***wl", ".ww*llll", "wlllll.."};

  /** A model drawn at random. */
  record Case(TransformerConfig config, long seed) {}

  @Provide
  Arbitrary<Case> cases() {
    return Combinators.combine(
            Architectures.drawn(VOCABULARY), Arbitraries.longs().between(0, 1000))
        .as(Case::new);
  }

  @Property(tries = 12)
  void lossHiddenStatesLogitsAndAnswersAgree(@ForAll("cases") Case drawn) {
    LatentBatch batch = Batches.of(VOCABULARY, drawn.seed(), PICTURES);
    Weights narrow = Weights.initial(drawn.config(), drawn.seed()).castTo(DataType.BFLOAT16);
    assertThat(narrow.tokenTable().dataType()).isEqualTo(DataType.BFLOAT16);
    try (LatentTransformer actual =
            LatentTransformer.create(drawn.config(), narrow, LatentLoops.FUSED);
        LatentTransformer unrolled =
            LatentTransformer.create(drawn.config(), narrow, LatentLoops.UNROLLED);
        LatentTransformer expected =
            LatentTransformer.create(drawn.config(), narrow.widened(), LatentLoops.UNROLLED)) {
      assertThat(actual.getWeights()).isSameAs(narrow);
      for (LatentTransformer each : List.of(actual, unrolled)) {
        assertThat(each.loss(batch)).isCloseTo(expected.loss(batch), within(1e-5));
        CloseArrays.assertWithin(1e-4, each.hiddenStates(batch), expected.hiddenStates(batch));
        CloseArrays.assertWithin(1e-4, each.logits(batch), expected.logits(batch));
        CloseArrays.assertWithin(
            1e-5, each.inputEmbeddings(batch), expected.inputEmbeddings(batch));
        LoopsAgreeTest.assertDecodingAgrees(each, expected, batch);
      }
      assertThat(actual.loss(batch, new LoraTest.MeanSquare()))
          .isCloseTo(expected.loss(batch, new LoraTest.MeanSquare()), within(1e-5));
    }
  }

  @Property(tries = 8)
  void gradientsOfAdaptersAgree(@ForAll("cases") Case drawn) {
    LatentBatch batch = Batches.of(VOCABULARY, drawn.seed(), PICTURES);
    TransformerConfig base = drawn.config();
    Weights narrow =
        Weights.initial(base, drawn.seed()).withTrained(List.of()).castTo(DataType.BFLOAT16);
    LoraAdapter adapter = adapter(base, narrow, drawn.seed());
    try (LatentTransformer actual = model(base, narrow, adapter, Precision.FLOAT32);
        LatentTransformer expected = model(base, narrow.widened(), adapter, Precision.FLOAT32)) {
      LoopsAgreeTest.assertAgree(actual, expected, batch);
      try (LossGradients gradients = actual.gradients(batch, new LoraTest.MeanSquare());
          LossGradients others = expected.gradients(batch, new LoraTest.MeanSquare())) {
        assertThat(gradients.getLoss()).isCloseTo(others.getLoss(), within(1e-5));
        assertThat(gradients.getGradients().keySet()).isEqualTo(adapter.asMap().keySet());
        CloseArrays.assertClose(gradients.getGradients(), others.getGradients(), 1e-3);
      }
    }
  }

  /** All linear layers, a norm, and for some seeds rows of the token table. */
  private static LoraAdapter adapter(TransformerConfig base, Weights weights, long seed) {
    boolean isGpt2 = base.getArchitecture() == Architecture.GPT2;
    LoraConfig lora =
        LoraConfig.builder()
            .r(3)
            .loraAlpha(4)
            .targetPattern("all-linear")
            .modulesToSave(List.of(isGpt2 ? "ln_f" : "norm"))
            .trainableTokenIndices(seed % 2 == 0 ? null : List.of(20, 3, 11))
            .build();
    LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, seed);
    Random random = new Random(seed);
    adapter
        .asMap()
        .forEach(
            (name, array) -> {
              assertThat(array.dataType()).as(name).isEqualTo(DataType.FLOAT);
              for (long i = 0;
                  name.matches(".*(lora_B.weight|tokens_delta)") && i < array.length();
                  i++) {
                array.putScalar(i, 0.1 * random.nextGaussian());
              }
            });
    return adapter;
  }

  private static LatentTransformer model(
      TransformerConfig base, Weights weights, LoraAdapter adapter, Precision precision) {
    return LatentTransformer.create(
        adapter.on(base), adapter.on(base, weights), LatentLoops.FUSED, precision);
  }

  static List<TransformerConfig> configs() {
    return PrecisionTest.CONFIGS;
  }

  /** The token table's products are rounded, too, as there is no other copy of it. */
  @ParameterizedTest
  @MethodSource("configs")
  void productsInBfloat16AreFloat32sToBfloat16sRounding(TransformerConfig base) {
    assumeTrue(
        LatentLoops.FUSED.backend().unsupportedReason(Precision.BF16).isEmpty(),
        "the processor does not multiply in bfloat16");
    Weights narrow = Weights.initial(base, 3).castTo(DataType.BFLOAT16);
    LoraAdapter adapter = adapter(base, narrow, 2);
    LatentBatch batch =
        Batches.of(50, 5, "wwww***wlllll", "..ww****lllll", "...w***llllll", "wwww*wwwwllll");
    try (LatentTransformer actual = model(base, narrow, adapter, Precision.BF16);
        LatentTransformer expected = model(base, narrow.widened(), adapter, Precision.FLOAT32);
        LossGradients gradients = actual.gradients(batch);
        LossGradients others = expected.gradients(batch)) {
      assertThat(gradients.getLoss())
          .isNotEqualTo(others.getLoss())
          .isCloseTo(others.getLoss(), within(1e-2));
      others
          .getGradients()
          .forEach(
              (name, gradient) ->
                  PrecisionTest.agree(name, gradients.getGradients().get(name), gradient));
    }
  }

  /** From a width of 512 on one worker reads the weights for all sequences. */
  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void aWideModelAnswersTheSame(Architecture architecture) {
    TransformerConfig config =
        Architectures.of(architecture, VOCABULARY).toBuilder()
            .nEmbd(512)
            .nLayer(1)
            .nInner(600)
            .initializerRange(0.05)
            .build();
    Weights narrow = Weights.initial(config, 3).castTo(DataType.BFLOAT16);
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    try (LatentTransformer actual = LatentTransformer.create(config, narrow, LatentLoops.FUSED);
        LatentTransformer expected =
            LatentTransformer.create(config, narrow.widened(), LatentLoops.UNROLLED)) {
      assertThat(actual.loss(batch)).isCloseTo(expected.loss(batch), within(1e-5));
      LoopsAgreeTest.assertDecodingAgrees(actual, expected, batch);
    }
  }

  @Test
  void anotherBackendWidens() {
    TransformerConfig config = Architectures.of(Architecture.LLAMA, VOCABULARY);
    Weights narrow = Weights.initial(config, 3).castTo(DataType.BFLOAT16);
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    try (LatentTransformer plainJava =
            LatentTransformer.create(
                config, narrow, Backends.named("plain-java"), Precision.FLOAT32);
        LatentTransformer fused = LatentTransformer.create(config, narrow, LatentLoops.FUSED)) {
      assertThat(plainJava.getWeights().hasBfloat16()).isFalse();
      assertThat(plainJava.loss(batch)).isCloseTo(fused.loss(batch), within(1e-5));
    }
  }

  @Test
  void onlyFrozenWeightsMayBeBfloat16() {
    TransformerConfig config = Architectures.of(Architecture.LLAMA, VOCABULARY);
    Weights narrow = Weights.initial(config, 3).castTo(DataType.BFLOAT16);
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    try (LatentTransformer model = LatentTransformer.create(config, narrow, LatentLoops.FUSED)) {
      assertThatThrownBy(() -> model.gradients(batch))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("embed_tokens", "BFLOAT16", "withTrained");
    }
    List<String> norms =
        narrow.asMap().keySet().stream().filter(name -> name.contains("norm")).toList();
    Weights some = Weights.initial(config, 3).withTrained(norms).frozenInBfloat16();
    try (LatentTransformer model = LatentTransformer.create(config, some, LatentLoops.FUSED);
        LatentTransformer wide =
            LatentTransformer.create(config, some.widened(), LatentLoops.FUSED)) {
      assertThat(some.hasBfloat16()).isTrue();
      LoopsAgreeTest.assertAgree(model, wide, batch);
    }
  }
}
