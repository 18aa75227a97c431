package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.plainjava.PlainJavaBackend;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Latents appended one by one from outside, changed or not, and taken back. */
class StepwiseDecodingTest {

  private static final int VOCABULARY = 19;
  private static final int[] WORDS = {3, 5};
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(40)
          .nEmbd(16)
          .nLayer(2)
          .nHead(2)
          .initializerRange(0.3)
          .build();
  private static final Weights WEIGHTS = Weights.initial(CONFIG, 4);

  /** The same two prompts without their latents, and with two each. */
  static final LatentBatch QUESTIONS = Batches.of(VOCABULARY, 1, "..wwww", "wwwwww");

  static TransformerConfig config() {
    return CONFIG;
  }

  static LatentTransformer transformer(LatentLoops loops) {
    return LatentTransformer.create(CONFIG, WEIGHTS, loops);
  }

  static LatentBatch withLatents() {
    INDArray latent = Nd4j.onesLike(QUESTIONS.getInputIds()).get(columns(0, 2)).dup();
    INDArray positions =
        Nd4j.createFromArray(new int[][] {{4, 5}, {6, 7}}).castTo(latent.dataType());
    return LatentBatch.builder()
        .inputIds(Nd4j.concat(1, QUESTIONS.getInputIds(), latent))
        .positionIds(Nd4j.concat(1, QUESTIONS.getPositionIds(), positions))
        .attentionMask(Nd4j.concat(1, QUESTIONS.getAttentionMask(), latent))
        .latentMask(Nd4j.concat(1, QUESTIONS.getLatentMask(), latent))
        .build();
  }

  private static INDArrayIndex[] columns(int from, int to) {
    return new INDArrayIndex[] {NDArrayIndex.all(), NDArrayIndex.interval(from, to)};
  }

  private static void assertClose(INDArray actual, INDArray expected) {
    assertThat(ArrayDifference.between(actual, expected))
        .matches(difference -> difference.isWithin(1e-4), "within 1e-4");
  }

  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void feedingHiddenStatesBackIsALatent(LatentLoops loops) {
    try (LatentTransformer transformer = transformer(loops);
        Decoder whole = transformer.decoder(withLatents(), 1);
        Decoder stepwise = transformer.decoder(QUESTIONS, 3)) {
      assertHiddenStatesAreLatents(whole, stepwise);
    }
  }

  /** Two latents by the prompts' own, and two by hand. */
  static void assertHiddenStatesAreLatents(Decoder whole, Decoder stepwise) {
    stepwise.advance(stepwise.latents());
    stepwise.advance(stepwise.latents());
    assertClose(stepwise.logits(), whole.logits());

    whole.advance(WORDS);
    stepwise.advance(WORDS);
    assertClose(stepwise.logits(), whole.logits());
  }

  /** With hidden states as they are and through a map, which the fused loop treats differently. */
  @ParameterizedTest
  @CsvSource({"FUSED, 1", "FUSED, 0.5", "UNROLLED, 1", "UNROLLED, 0.5"})
  void someSequencesGetALatentAndOthersAToken(LatentLoops loops, double scale) {
    TransformerConfig mapped =
        CONFIG.toBuilder()
            .thoughtMap(scale == 1 ? ThoughtMapConfig.IDENTITY : ThoughtMapConfig.scale(scale))
            .build();
    try (LatentTransformer transformer = LatentTransformer.create(mapped, WEIGHTS, loops);
        Decoder decoder = transformer.decoder(QUESTIONS, 3);
        Decoder expected = transformer.decoder(QUESTIONS, 3)) {
      for (int latent : new int[] {1, 0}) {
        INDArray inputs = transformer.tokenEmbeddings(WORDS).dup();
        inputs.putRow(latent, expected.latents().getRow(latent));
        expected.advance(inputs);
        decoder.advance(WORDS, new int[] {latent});
        assertClose(decoder.logits(), expected.logits());
      }
      expected.advance(expected.latents());
      decoder.advance(new int[] {-1, VOCABULARY}, new int[] {0, 1}); // ignored
      assertClose(decoder.logits(), expected.logits());
    }
  }

  @Test
  void sequencesThatGetALatentAreChecked() {
    try (LatentTransformer transformer = transformer(LatentLoops.FUSED);
        Decoder decoder = transformer.decoder(QUESTIONS, 3)) {
      for (int[] wrong : new int[][] {null, {1, 0}, {-1}, {2}, {0, 0}}) {
        assertThatThrownBy(() -> decoder.advance(WORDS, wrong))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("Sequences that get a latent");
      }
      for (int[] wrong : new int[][] {null, {1}, {1, VOCABULARY}}) {
        assertThatThrownBy(() -> decoder.advance(wrong, new int[] {0}))
            .isInstanceOf(IllegalArgumentException.class);
      }
      decoder.advance(WORDS, new int[] {0}); // still usable
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void whatWasTakenBackLeavesNoTrace(LatentLoops loops) {
    try (LatentTransformer transformer = transformer(loops);
        Decoder decoder = transformer.decoder(QUESTIONS, 4);
        Decoder untouched = transformer.decoder(QUESTIONS, 4)) {
      final DecoderMark mark = decoder.mark();
      decoder.advance(decoder.hiddenStates());
      decoder.advance(WORDS);
      decoder.rewind(mark);
      assertClose(decoder.logits(), untouched.logits());

      for (int i = 0; i < 4; i++) {
        decoder.advance(WORDS);
        untouched.advance(WORDS);
      }
      assertClose(decoder.hiddenStates(), untouched.hiddenStates());
      decoder.rewind(mark);
      assertClose(decoder.hiddenStates(), mark.hidden());
    }
  }

  /** A sequence does not depend on what others take back, and the room for that is counted. */
  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void someSequencesTakeAPositionBack(LatentLoops loops) {
    LatentBatch first = Batches.of(VOCABULARY, 1, "..wwww", "wwwwww", "wwww..");
    try (LatentTransformer transformer = transformer(loops);
        Decoder decoder = transformer.decoder(first, 3, 2);
        Decoder expected = transformer.decoder(first, 3)) {
      expected.advance(new int[] {3, 5, 7});
      final INDArray afterOne = expected.logits().dup();
      expected.advance(new int[] {4, 6, 8});
      final INDArray afterTwo = expected.logits().dup();

      DecoderMark start = decoder.mark();
      decoder.advance(new int[] {9, 5, 7}); // 9 is wrong
      decoder.rewind(start, new int[] {0});
      assertClose(decoder.logits().getRow(1), afterOne.getRow(1));
      DecoderMark second = decoder.mark();
      decoder.advance(new int[] {3, 10, 8}); // 10 is wrong
      assertClose(decoder.logits().getRow(0), afterOne.getRow(0));
      assertClose(decoder.logits().getRow(2), afterTwo.getRow(2));
      decoder.rewind(second, new int[] {1});
      assertClose(decoder.logits().getRow(1), afterOne.getRow(1));
      decoder.advance(new int[] {4, 6, 1});
      assertClose(decoder.logits().getRow(0), afterTwo.getRow(0));
      assertClose(decoder.logits().getRow(1), afterTwo.getRow(1));

      assertThatThrownBy(() -> decoder.rewind(start, new int[] {0}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("its own marks before its current position");
      assertThatThrownBy(() -> decoder.advance(new int[] {1, 1, 1}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("sequence 2 are all used");
      decoder.retain(new int[] {0, 1});
      DecoderMark third = decoder.mark();
      assertThatThrownBy(() -> decoder.rewind(third, new int[] {0}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("but 0 were appended");
      assertThatThrownBy(() -> decoder.rewind(third, new int[] {1, 0}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Sequences to take back");
    }
  }

  @Test
  void noMoreIsTakenBackThanThereIsRoomFor() {
    try (LatentTransformer transformer = transformer(LatentLoops.FUSED);
        Decoder decoder = transformer.decoder(QUESTIONS, 2, 1)) {
      for (int i = 0; i < 2; i++) {
        DecoderMark mark = decoder.mark();
        decoder.advance(WORDS);
        decoder.rewind(mark, new int[] {0, 1});
      }
      decoder.advance(WORDS);
      assertThatThrownBy(() -> decoder.advance(WORDS))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("larger maxTakenBack");
      assertThatThrownBy(() -> transformer.decoder(QUESTIONS, 2, -1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** The memory of a closed decoder waits for the next one. */
  @Test
  void aDecoderThatIsRefusedTakesNoIdleMemoryAlong() {
    Weights weights = Weights.initial(CONFIG, 4);
    Backend backend = Backends.named("plain-java");
    try (LatentTransformer model =
        LatentTransformer.create(CONFIG, weights, backend, Precision.FLOAT32)) {
      LatentBatch prompts = Batches.of(CONFIG.getVocabSize(), 1, "ww*w");
      model.decoder(prompts, 1).close();
      int made = PlainJavaBackend.DEVICES.get();
      assertThatThrownBy(() -> model.decoder(prompts, 1, -1))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is -1. Give 0");
      model.decoder(prompts, 1).close();
      assertThat(PlainJavaBackend.DEVICES.get()).isEqualTo(made);
    }
  }

  @Test
  void bothLoopsAgreeOnChangedLatents() {
    INDArray noise = Nd4j.linspace(-1, 1, 32, WEIGHTS.tokenTable().dataType());
    List<LatentLoops> loops = List.of(LatentLoops.FUSED, LatentLoops.UNROLLED);
    List<INDArray> logits = loops.stream().map(loop -> logitsAfter(loop, noise)).toList();

    assertClose(logits.get(0), logits.get(1));
  }

  private static INDArray logitsAfter(LatentLoops loop, INDArray noise) {
    try (LatentTransformer transformer = transformer(loop);
        Decoder decoder = transformer.decoder(QUESTIONS, 4)) {
      DecoderMark mark = decoder.mark();
      decoder.advance(WORDS);
      decoder.rewind(mark);
      decoder.advance(decoder.hiddenStates());
      decoder.advance(noise.reshape(2, 16));
      decoder.advance(WORDS);
      return decoder.logits().dup();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void aMarkOfOtherRowsIsRefused(LatentLoops loops) {
    try (LatentTransformer transformer = transformer(loops);
        Decoder decoder = transformer.decoder(QUESTIONS, 2)) {
      DecoderMark mark = decoder.mark();
      decoder.retain(new int[] {1});

      assertThatThrownBy(() -> decoder.rewind(mark))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("2 sequences");
    }
  }
}
