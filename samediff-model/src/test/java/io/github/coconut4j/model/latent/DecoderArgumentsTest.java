package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Both decoders reject the same arguments before native code reads them, and stay usable. */
class DecoderArgumentsTest {

  private static final int VOCABULARY = 13;
  private static final int WIDTH = 12;
  private static final int POSITIONS = 10;
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(POSITIONS)
          .nEmbd(WIDTH)
          .nLayer(2)
          .nHead(3)
          .initializerRange(0.3)
          .build();
  private static final LatentBatch PROMPTS = Batches.of(VOCABULARY, 1, "ww**w", ".w*w.", "wwwww");
  private static final int[] TOKENS = {1, 2, 3};

  private static LatentTransformer model(LatentLoops loop) {
    return LatentTransformer.create(CONFIG, Weights.initial(CONFIG, 4), loop);
  }

  /** Both refuse the call, and then give what a decoder gives that was not asked. */
  private static void assertRefused(
      LatentLoops loop, Class<? extends Exception> type, List<Consumer<Decoder>> calls) {
    try (LatentTransformer model = model(loop);
        Decoder decoder = model.decoder(PROMPTS, 3);
        Decoder other = model.decoder(PROMPTS, 3)) {
      decoder.advance(TOKENS);
      other.advance(TOKENS);
      for (Consumer<Decoder> call : calls) {
        assertThatThrownBy(() -> call.accept(decoder))
            .isExactlyInstanceOf(type)
            .hasMessageMatching(".* .*[.?]");
      }
      decoder.advance(TOKENS);
      other.advance(TOKENS);
      assertThat(decoder.logitRows()).isDeepEqualTo(other.logitRows());
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void newTokensMustFitThePositionTable(LatentLoops loop) {
    try (LatentTransformer model = model(loop)) {
      for (int count : new int[] {-1, -40, Integer.MIN_VALUE, 6, 1000, Integer.MAX_VALUE}) {
        assertThatThrownBy(() -> model.decoder(PROMPTS, count))
            .isExactlyInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("" + count);
      }
      try (Decoder decoder = model.decoder(PROMPTS, 5)) {
        for (int i = 0; i < 5; i++) {
          decoder.advance(TOKENS);
        }
        assertThatThrownBy(() -> decoder.advance(TOKENS))
            .isExactlyInstanceOf(IllegalStateException.class)
            .hasMessageContaining("are all used");
        assertThatThrownBy(() -> decoder.advance(decoder.hiddenStates()))
            .isExactlyInstanceOf(IllegalStateException.class);
        assertThat(decoder.logitRows()).hasDimensions(3, VOCABULARY);
      }
      try (Decoder decoder = model.decoder(PROMPTS, 0)) {
        assertThatThrownBy(() -> decoder.advance(TOKENS)).hasMessageContaining("are all used");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void tokensMustBeOneASequenceAndInTheVocabulary(LatentLoops loop) {
    List<Consumer<Decoder>> calls = new ArrayList<>();
    for (int[] tokens :
        new int[][] {
          null,
          {},
          {1},
          {1, 2},
          {1, 2, 3, 4},
          {-1, 2, 3},
          {1, VOCABULARY, 3},
          {1, 2, Integer.MAX_VALUE},
          {Integer.MIN_VALUE, 2, 3}
        }) {
      calls.add(decoder -> decoder.advance(tokens));
    }
    assertRefused(loop, IllegalArgumentException.class, calls);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void inputsMustBeEmbeddingsOfTheSequences(LatentLoops loop) {
    INDArray closed = Nd4j.ones(DataType.FLOAT, 3, WIDTH);
    closed.close();
    List<Consumer<Decoder>> calls = new ArrayList<>();
    for (INDArray inputs :
        Arrays.asList(
            null,
            closed,
            Nd4j.ones(DataType.FLOAT, 1, WIDTH),
            Nd4j.ones(DataType.FLOAT, 4, WIDTH),
            Nd4j.ones(DataType.FLOAT, 3, WIDTH / 3),
            Nd4j.ones(DataType.FLOAT, 3, WIDTH + 1),
            Nd4j.ones(DataType.FLOAT, WIDTH, 3),
            Nd4j.ones(DataType.FLOAT, 3, 1, WIDTH),
            Nd4j.ones(DataType.FLOAT, 3 * WIDTH),
            Nd4j.scalar(1f),
            Nd4j.empty(DataType.FLOAT),
            Nd4j.ones(DataType.INT32, 3, WIDTH),
            Nd4j.ones(DataType.DOUBLE, 3, WIDTH))) {
      calls.add(decoder -> decoder.advance(inputs));
    }
    assertRefused(loop, IllegalArgumentException.class, calls);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void inputsMayBeViewsInAnyOrder(LatentLoops loop) {
    INDArray wide = Nd4j.linspace(-1, 1, 4 * 2 * WIDTH, DataType.FLOAT).reshape(4, 2 * WIDTH);
    INDArray view = wide.get(interval(1, 4), interval(5, 5 + WIDTH));
    try (LatentTransformer model = model(loop);
        Decoder dense = model.decoder(PROMPTS, 2);
        Decoder strided = model.decoder(PROMPTS, 2)) {
      dense.advance(view.dup('c'));
      strided.advance(view);
      dense.advance(view.dup('c'));
      strided.advance(view.dup('f'));
      assertThat(strided.logitRows()).isDeepEqualTo(dense.logitRows());
    }
  }

  private static org.nd4j.linalg.indexing.INDArrayIndex interval(int from, int to) {
    return org.nd4j.linalg.indexing.NDArrayIndex.interval(from, to);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void sequencesToRetainMustAscendInTheBatch(LatentLoops loop) {
    List<Consumer<Decoder>> calls = new ArrayList<>();
    for (int[] sequences :
        new int[][] {null, {}, {-1}, {3}, {0, 0}, {1, 0}, {0, 1, 2, 3}, {Integer.MAX_VALUE}}) {
      calls.add(decoder -> decoder.retain(sequences));
    }
    assertRefused(loop, IllegalArgumentException.class, calls);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void marksMustBeOnesThatTheDecoderStandsBehind(LatentLoops loop) {
    try (LatentTransformer model = model(loop);
        Decoder other = model.decoder(PROMPTS, 4);
        Decoder decoder = model.decoder(PROMPTS, 4)) {
      final DecoderMark foreign = other.mark();
      final DecoderMark start = decoder.mark();
      decoder.advance(TOKENS);
      final DecoderMark takenBack = decoder.mark();
      decoder.rewind(start);
      decoder.advance(new int[] {4, 5, 6});
      assertThatThrownBy(() -> decoder.rewind(null))
          .isExactlyInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> decoder.rewind(foreign))
          .isExactlyInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> decoder.rewind(takenBack))
          .isExactlyInstanceOf(IllegalStateException.class);
      decoder.retain(new int[] {0, 1, 2}); // all stay, and so do marks
      decoder.rewind(start);
      other.advance(TOKENS);
      decoder.advance(TOKENS);
      assertThat(decoder.logitRows()).isDeepEqualTo(other.logitRows());
      decoder.retain(new int[] {0, 2});
      assertThatThrownBy(() -> decoder.rewind(start))
          .isExactlyInstanceOf(IllegalStateException.class);
      final DecoderMark later = decoder.mark();
      decoder.advance(new int[] {1, 2});
      decoder.rewind(later);
      assertThat(decoder.sequences()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void promptsMustLieInBothTables(LatentLoops loop) {
    try (LatentTransformer model = model(loop)) {
      for (int id : new int[] {-1, VOCABULARY, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        for (int[] position :
            new int[][] {{0, 0}, {0, 2}, {1, 0}, {2, 4}}) { // words, latent, padding
          INDArray ids = PROMPTS.getInputIds().dup();
          ids.putScalar(position[0], position[1], id);
          assertPromptsRefused(model, ids, PROMPTS.getPositionIds(), PROMPTS.getAttentionMask());
          INDArray positions = PROMPTS.getPositionIds().dup();
          positions.putScalar(position[0], position[1], id);
          assertPromptsRefused(model, PROMPTS.getInputIds(), positions, PROMPTS.getAttentionMask());
        }
      }
      INDArray mask = PROMPTS.getAttentionMask().dup();
      mask.getRow(1).assign(0);
      assertPromptsRefused(model, PROMPTS.getInputIds(), PROMPTS.getPositionIds(), mask);
    }
  }

  private static void assertPromptsRefused(
      LatentTransformer model, INDArray ids, INDArray positions, INDArray mask) {
    LatentBatch prompts =
        LatentBatch.builder()
            .inputIds(ids)
            .positionIds(positions)
            .attentionMask(mask)
            .latentMask(PROMPTS.getLatentMask())
            .build();
    assertThatThrownBy(() -> model.decoder(prompts, 1))
        .isExactlyInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aClosedDecoderRefusesEveryCallAndMayBeClosedAgain(LatentLoops loop) {
    try (LatentTransformer model = model(loop)) {
      Decoder decoder = model.decoder(PROMPTS, 3);
      DecoderMark mark = decoder.mark();
      decoder.advance(TOKENS);
      decoder.close();
      decoder.close();
      List<Consumer<Decoder>> calls =
          List.of(
              Decoder::logits,
              Decoder::logitRows,
              Decoder::hiddenStates,
              Decoder::mark,
              closed -> closed.rewind(mark),
              closed -> closed.advance(TOKENS),
              closed -> closed.advance(Nd4j.ones(DataType.FLOAT, 3, WIDTH)),
              closed -> closed.retain(new int[] {0}));
      for (Consumer<Decoder> call : calls) {
        assertThatThrownBy(() -> call.accept(decoder))
            .isExactlyInstanceOf(IllegalStateException.class)
            .hasMessageContaining("closed");
      }
      try (Decoder other = model.decoder(PROMPTS, 1)) {
        other.logits().close(); // the caller's until the next call
      }
      try (Decoder one = model.decoder(PROMPTS, 1);
          Decoder two = model.decoder(PROMPTS, 1)) { // the kernel came back once
        two.advance(new int[] {7, 8, 9});
        one.advance(TOKENS);
        assertThat(one.logits()).isNotEqualTo(two.logits());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void twoThreadsInOneDecoderGetAnErrorAndNoGarbage(LatentLoops loop) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (LatentTransformer model = model(loop);
        Decoder decoder = model.decoder(PROMPTS, 5)) {
      DecoderMark mark = decoder.mark();
      List<Future<Integer>> refusals = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        refusals.add(threads.submit(() -> refusalsOf(decoder, mark)));
      }
      int refused = 0;
      for (Future<Integer> future : refusals) {
        refused += future.get();
      }
      assertThat(refused).isPositive();
      decoder.rewind(mark);
      try (Decoder alone = model.decoder(PROMPTS, 5)) {
        assertThat(decoder.logits().distance2(alone.logits())).isCloseTo(0, within(1e-4));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static int refusalsOf(Decoder decoder, DecoderMark mark) {
    int refusals = 0;
    for (int i = 0; i < 300; i++) {
      try {
        switch (i % 3) {
          case 0 -> decoder.advance(TOKENS);
          case 1 -> decoder.logitRows();
          default -> decoder.rewind(mark);
        }
      } catch (IllegalStateException e) {
        refusals++;
      }
    }
    return refusals;
  }
}
