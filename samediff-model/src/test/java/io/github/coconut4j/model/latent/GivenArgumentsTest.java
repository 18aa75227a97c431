package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Initialization;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** What is missing, closed or of mixed types is refused where it is given, by its name. */
class GivenArgumentsTest {

  private static final int VOCABULARY = 13;
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(10)
          .nEmbd(12)
          .nLayer(1)
          .nHead(3)
          .build();
  private static final LatentBatch BATCH = Batches.of(VOCABULARY, 1, "wwlwl", ".wlwl");

  private static Weights weights() {
    return Weights.initial(CONFIG, 4);
  }

  private static void assertMissing(String name, ThrowingCallable call) {
    assertThatIllegalArgumentException()
        .isThrownBy(call)
        .withMessageContainingAll("argument " + name + " ", "is null")
        .withMessageEndingWith(".");
  }

  @Test
  void aModelIsMadeOfSomething() {
    Weights weights = weights();
    Backend backend = Backends.best();
    LatentLoops loops = LatentLoops.FUSED;
    assertMissing("config", () -> LatentTransformer.create(null, weights, loops));
    assertMissing("weights", () -> LatentTransformer.create(CONFIG, null, loops));
    assertMissing("loops", () -> LatentTransformer.create(CONFIG, weights, null));
    for (LatentLoops each : LatentLoops.values()) {
      assertMissing("precision", () -> LatentTransformer.create(CONFIG, weights, each, null));
    }
    assertMissing(
        "backend",
        () -> LatentTransformer.create(CONFIG, weights, (Backend) null, Precision.FLOAT32));
    assertMissing("precision", () -> LatentTransformer.create(CONFIG, weights, backend, null));
    for (Backend each : List.of(backend, Backends.named("nd4j"))) {
      assertMissing("precision", () -> each.latentLoop(CONFIG, null));
    }
    assertMissing("config", () -> Weights.initial(null, 1));
    assertMissing("config", () -> Weights.names(null));
    assertMissing("config", () -> weights.requireShapes(null));
    assertMissing("config", () -> Initialization.gpt2(null));
    assertMissing("initialization", () -> Weights.initial(CONFIG, null, 1));
    assertMissing("tokens", () -> weights.withTables(null, null));
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aModelIsAskedOfSomething(LatentLoops loop) {
    try (LatentTransformer model = LatentTransformer.create(CONFIG, weights(), loop);
        Decoder decoder = model.decoder(BATCH, 2)) {
      assertMissing("batch", () -> model.loss(null));
      assertMissing("batch", () -> model.loss(null, Objective.CROSS_ENTROPY));
      assertMissing("batch", () -> model.gradients(null));
      assertMissing("batch", () -> model.gradients(null, Objective.CROSS_ENTROPY));
      assertMissing("objective", () -> model.loss(BATCH, null));
      assertMissing("objective", () -> model.gradients(BATCH, null));
      assertMissing("dropout", () -> model.gradients(BATCH, Objective.CROSS_ENTROPY, null));
      assertMissing("batch", () -> model.logits(null));
      assertMissing("batch", () -> model.hiddenStates(null));
      assertMissing("batch", () -> model.inputEmbeddings(null));
      assertMissing("batch", () -> model.getSameDiff(null));
      assertMissing("batch", () -> model.decoder(null, 1));
      assertMissing("batch", () -> decoder.join(null, 1));
      assertMissing("batch", () -> decoder.join(null, new int[] {1}));
      assertMissing("maxNewTokens", () -> decoder.join(BATCH, null));
      assertMissing("maxNewTokens", () -> model.decoder(BATCH, null));
      assertMissing("batch", () -> model.inputGradients(null, Objective.CROSS_ENTROPY));
      assertMissing("objective", () -> model.inputGradients(BATCH, null));
      assertMissing("batch", () -> LatentBatch.of((MultiDataSet) null));
      assertMissing("batch", () -> Objective.CROSS_ENTROPY.targets(null));
      float[][] before = decoder.logitRows();
      decoder.join(BATCH, 2);
      assertThat(decoder.logitRows()).hasDimensions(4, VOCABULARY);
      assertThat(decoder.logitRows()[2]).containsExactly(before[0], within(1e-5f));
    }
  }

  @Test
  void embeddingsAreThoseOfTokens() {
    try (LatentTransformer model = LatentTransformer.create(CONFIG, weights(), LatentLoops.FUSED)) {
      assertThat(model.tokenEmbeddings(3).shape()).containsExactly(1, 12);
      assertMissing("tokens", () -> model.tokenEmbeddings((int[]) null));
      for (int[] none : new int[][] {{}, {-1}, {VOCABULARY}}) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> model.tokenEmbeddings(none))
            .withMessageMatching(".*token.*[.?]");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(LatentLoops.class)
  void aModelIsNotMadeOfClosedWeights(LatentLoops loop) {
    for (String name : Weights.names(CONFIG)) {
      Weights weights = weights();
      weights.get(name).close();
      assertThatThrownBy(() -> LatentTransformer.create(CONFIG, weights, loop))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll(name, "closed");
    }
  }

  @ParameterizedTest
  @EnumSource(LatentLoops.class)
  void weightsAreOfOneFloatingPointType(LatentLoops loop) {
    Weights weights = weights();
    INDArray table = weights.tokenTable();
    BiFunction<Weights, DataType, Weights> withTable =
        (own, type) -> own.withTables(table.castTo(type), table.castTo(type));
    Map<String, Weights> mixed =
        Map.of(
            "DOUBLE", withTable.apply(weights, DataType.DOUBLE),
            "FLOAT", withTable.apply(weights.castTo(DataType.DOUBLE), DataType.FLOAT),
            "INT", weights.castTo(DataType.INT32));
    mixed.forEach(
        (found, own) ->
            assertThatIllegalArgumentException()
                .isThrownBy(() -> LatentTransformer.create(CONFIG, own, loop))
                .withMessageContainingAll("one floating-point type", found, "castTo"));
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aBatchWhoseArraysWereClosedIsRefused(LatentLoops loop) {
    List<Consumer<LatentBatch>> closing =
        List.of(
            batch -> batch.getInputIds().close(),
            batch -> batch.getPositionIds().close(),
            batch -> batch.getAttentionMask().close(),
            batch -> batch.getLatentMask().close(),
            batch -> batch.getLabels().close());
    try (LatentTransformer model = LatentTransformer.create(CONFIG, weights(), loop)) {
      for (Consumer<LatentBatch> close : closing) {
        LatentBatch batch = Batches.of(VOCABULARY, 1, "ww*ww", ".w*ww");
        close.accept(batch);
        for (ThrowingCallable call :
            List.<ThrowingCallable>of(
                () -> model.loss(batch),
                () -> model.gradients(batch),
                () -> model.logits(batch),
                () -> model.inputEmbeddings(batch),
                () -> model.decoder(batch, 1))) {
          assertThatThrownBy(call)
              .isExactlyInstanceOf(IllegalStateException.class)
              .hasMessageContaining("closed");
        }
      }
    }
  }
}
