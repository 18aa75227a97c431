package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Weights stay allocated while something reads them, and are not read after they were closed. */
class WeightsInUseTest {

  private static final int VOCABULARY = 300;
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(16)
          .nEmbd(96)
          .nLayer(2)
          .nHead(3)
          .initializerRange(0.2)
          .build();
  private static final Weights EXPECTED = Weights.initial(CONFIG, 4);
  private static final LatentBatch BATCH = Batches.of(VOCABULARY, 1, "ww**wll", ".w*wlll");

  private static LatentTransformer model(LatentLoops loop) {
    return LatentTransformer.create(CONFIG, Weights.initial(CONFIG, 4), loop);
  }

  /** What a caller gets who keeps nothing else. */
  private static Decoder decoderAlone(LatentLoops loop) {
    return model(loop).decoder(BATCH, 4);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aDecoderKeepsItsWeightsAlive(LatentLoops loop) throws InterruptedException {
    try (LatentTransformer model = LatentTransformer.create(CONFIG, EXPECTED, loop);
        Decoder expected = model.decoder(BATCH, 4);
        Decoder decoder = decoderAlone(loop)) {
      for (int step = 0; step < 4; step++) {
        overwriteFreedMemory();
        decoder.advance(new int[] {step, step});
        expected.advance(new int[] {step, step});
        assertThat(decoder.logitRows()).isDeepEqualTo(expected.logitRows());
      }
    }
  }

  /** Lets ND4J free arrays that nothing refers to, and takes their memory for others. */
  private static void overwriteFreedMemory() throws InterruptedException {
    List<INDArray> others = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      System.gc();
      Thread.sleep(20);
    }
    EXPECTED.asMap().values().forEach(array -> others.add(array.dup().assign(Float.NaN)));
    others.forEach(INDArray::close);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void closedWeightsAreRefused(LatentLoops loop) {
    List<String> names = Weights.names(CONFIG);
    for (String name : List.of(names.get(0), names.get(1), names.get(7), names.get(27))) {
      try (LatentTransformer model = model(loop);
          Decoder decoder = model.decoder(BATCH, 4)) {
        model.getWeights().get(name).close();
        List<Runnable> calls =
            List.of(
                decoder::logits,
                () -> decoder.advance(new int[] {1, 2}),
                () -> model.decoder(BATCH, 1),
                () -> model.loss(BATCH),
                () -> model.gradients(BATCH),
                () -> model.logits(BATCH),
                () -> model.hiddenStates(BATCH),
                () -> model.inputEmbeddings(BATCH));
        for (Runnable call : calls) {
          assertThatThrownBy(call::run)
              .isExactlyInstanceOf(IllegalStateException.class)
              .hasMessageContainingAll(name, "closed");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aDecoderOutlivesItsModelWhichRefusesToGoOn(LatentLoops loop) {
    try (LatentTransformer open = model(loop);
        Decoder expected = open.decoder(BATCH, 2)) {
      LatentTransformer model = model(loop);
      try (Decoder decoder = model.decoder(BATCH, 2)) {
        model.gradients(BATCH).close();
        model.close();
        model.close();
        decoder.advance(new int[] {1, 2});
        expected.advance(new int[] {1, 2});
        assertThat(decoder.logitRows()).isDeepEqualTo(expected.logitRows());
      }
      List<Runnable> calls =
          List.of(
              () -> model.loss(BATCH),
              () -> model.gradients(BATCH),
              () -> model.decoder(BATCH, 1),
              () -> model.logits(BATCH),
              model::getSameDiff);
      for (Runnable call : calls) {
        assertThatThrownBy(call::run)
            .isExactlyInstanceOf(IllegalStateException.class)
            .hasMessageContaining("closed");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(LatentLoops.class)
  void weightsOfAnotherModelAreRefused(LatentLoops loop) {
    Weights weights = Weights.initial(CONFIG, 1);
    List<TransformerConfig> others =
        List.of(
            CONFIG.toBuilder().vocabSize(VOCABULARY + 1).build(),
            CONFIG.toBuilder().nPositions(17).build(),
            CONFIG.toBuilder().nEmbd(48).build(),
            CONFIG.toBuilder().nLayer(3).build(),
            CONFIG.toBuilder().nInner(100).build());
    for (TransformerConfig other : others) {
      assertThatThrownBy(() -> LatentTransformer.create(other, weights, loop))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("transformer.");
    }
    INDArray narrow = Nd4j.ones(DataType.FLOAT, VOCABULARY, 95);
    assertThatThrownBy(
            () -> LatentTransformer.create(CONFIG, weights.withTables(narrow, narrow), loop))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("wte", "95");
  }
}
