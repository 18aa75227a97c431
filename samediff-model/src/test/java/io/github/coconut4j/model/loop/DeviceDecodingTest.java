package io.github.coconut4j.model.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Decoding with cached keys and values equals reading each whole sequence separately. */
@ParameterizedClass(name = "{0}, {1} threads")
@MethodSource("devices")
class DeviceDecodingTest {

  private static final int VOCABULARY = 31;
  private static final String[] PROMPTS = {
    "..tttllt", ".ttttlt.", "...tttt.", ".ttttllt", "tttttttt"
  };
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(80)
          .nEmbd(12)
          .nLayer(3)
          .nHead(3)
          .nInner(20)
          .initializerRange(0.3)
          .build();

  static Stream<Arguments> devices() {
    return Stream.of(
        Arguments.of("onednn", 1),
        Arguments.of("onednn", 2),
        Arguments.of("onednn", 3),
        Arguments.of("onednn", 7),
        Arguments.of("plain-java", 1),
        Arguments.of("nd4j", 1));
  }

  @Parameter(0)
  String backend;

  @Parameter(1)
  int threads;

  private final Random random = new Random(3);
  private final int threadsBefore = CpuThreads.count();
  private LatentTransformer model;

  /** Prompt and tokens so far of each sequence that is decoded. */
  private final List<Sequence> sequences = new ArrayList<>();

  private record Sequence(String prompt, List<Integer> tokens) {}

  @BeforeEach
  void open() {
    CpuThreads.setCount(threads);
    Weights weights = Weights.initial(CONFIG, 5);
    model = LatentTransformer.create(CONFIG, weights, Backends.named(backend), Precision.FLOAT32);
  }

  @AfterEach
  void close() {
    model.close();
    CpuThreads.setCount(threadsBefore);
  }

  /** A batch of pictures as {@link Layouts} has them, with given tokens for what is no padding. */
  private static LatentBatch batch(List<Sequence> rows, String... pictures) {
    int steps = pictures[0].length();
    BatchLayout layout = Layouts.of(pictures);
    int[][] ids = new int[pictures.length][steps];
    int[][] positions = new int[pictures.length][steps];
    int[][] real = new int[pictures.length][steps];
    int[][] latent = new int[pictures.length][steps];
    for (int b = 0; b < pictures.length; b++) {
      int next = 0;
      for (int t = 0; t < steps; t++) {
        positions[b][t] = layout.positions().id(b, t);
        latent[b][t] = layout.positions().isLatent(b, t) ? 1 : 0;
        if (layout.positions().isReal(b, t)) {
          real[b][t] = 1;
          ids[b][t] = rows.get(b).tokens().get(next++);
        }
      }
    }
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(ids))
        .positionIds(Nd4j.createFromArray(positions))
        .attentionMask(Nd4j.createFromArray(real))
        .latentMask(Nd4j.createFromArray(latent))
        .build();
  }

  /** New sequences with random tokens; their batch. */
  private LatentBatch prompts(String... pictures) {
    List<Sequence> added = new ArrayList<>();
    for (String picture : pictures) {
      String prompt = picture.replace(".", "");
      List<Integer> tokens = new ArrayList<>();
      prompt.chars().forEach(kind -> tokens.add(random.nextInt(VOCABULARY)));
      added.add(new Sequence(prompt, tokens));
    }
    sequences.addAll(added);
    return batch(added, pictures);
  }

  /** Compares scores and states with those of each sequence, read separately and at once. */
  private void assertAsAlone(Decoder decoder) {
    assertThat(decoder.sequences()).isEqualTo(sequences.size());
    float[][] logits = decoder.logitRows();
    INDArray states = decoder.hiddenStates();
    for (int i = 0; i < sequences.size(); i++) {
      Sequence sequence = sequences.get(i);
      int length = sequence.tokens().size();
      String whole = sequence.prompt() + "t".repeat(length - sequence.prompt().length());
      LatentBatch alone = batch(List.of(sequence), whole);
      float[] expected =
          model.logits(alone).reshape(length, VOCABULARY).getRow(length - 1).toFloatVector();
      float[] state =
          model.hiddenStates(alone).reshape(length, 12).getRow(length - 1).toFloatVector();
      assertClose(logits[i], expected, "logits of sequence " + i + " after " + length);
      assertClose(states.getRow(i).toFloatVector(), state, "states of sequence " + i);
    }
  }

  private static void assertClose(float[] actual, float[] expected, String subject) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as(subject).isCloseTo(expected[i], within(5e-5f));
    }
  }

  private void advance(Decoder decoder) {
    int[] tokens = random.ints(sequences.size(), 0, VOCABULARY).toArray();
    for (int i = 0; i < tokens.length; i++) {
      sequences.get(i).tokens().add(tokens[i]);
    }
    decoder.advance(tokens);
  }

  private void retain(Decoder decoder, int... kept) {
    List<Sequence> all = List.copyOf(sequences);
    sequences.clear();
    IntStream.of(kept).forEach(i -> sequences.add(all.get(i)));
    decoder.retain(kept);
  }

  @Test
  void continuesEachSequenceAsAlone() {
    try (Decoder decoder = model.decoder(prompts(PROMPTS), 40)) {
      assertAsAlone(decoder);
      for (int step = 0; step < 36; step++) {
        if (step == 5) {
          retain(decoder, 0, 2, 3, 4);
        } else if (step == 11) {
          retain(decoder, 1, 3);
        } else if (step == 15) {
          retain(decoder, 1);
        }
        advance(decoder);
        if (step % 6 == 0 || step == 35) {
          assertAsAlone(decoder);
        }
      }
    }
  }

  @Test
  void aSequenceThatJoinsLateGetsWhatItGetsAlone() {
    try (Decoder decoder = model.decoder(prompts(PROMPTS), 50)) {
      advance(decoder);
      decoder.join(prompts("tttt"), 40); // shorter than what is there
      assertAsAlone(decoder);
      advance(decoder);
      decoder.join(
          prompts("t".repeat(30) + "lllt", "t".repeat(29) + ".lll.".replace('.', 't')), 30);
      assertAsAlone(decoder);
      for (int step = 0; step < 3; step++) {
        advance(decoder);
        assertAsAlone(decoder);
      }
      retain(decoder, 1, 5, 7);
      advance(decoder);
      assertAsAlone(decoder);
      decoder.join(prompts("ttlt", ".tlt", "..tt"), 9);
      advance(decoder);
      assertAsAlone(decoder);
      retain(decoder, 1, 3, 5);
      advance(decoder);
      assertAsAlone(decoder);
    }
  }

  @Test
  void aSequenceJoinsAfterTokensWereTakenBack() {
    try (Decoder decoder = model.decoder(prompts("tttlt", ".ttlt"), 60)) {
      var mark = decoder.mark();
      INDArray broken = Nd4j.valueArrayOf(new long[] {2, 12}, Float.NaN);
      for (int i = 0; i < 40; i++) {
        decoder.advance(broken);
      }
      decoder.rewind(mark);
      decoder.join(prompts("t".repeat(20) + "lt"), 30);
      for (int step = 0; step < 25; step++) {
        advance(decoder);
      }
      assertAsAlone(decoder);
    }
  }

  /** States that the host wrote, when all went back, are those that single ones go back from. */
  @Test
  void someSequencesTakeAPositionBackAfterAllDid() {
    try (Decoder decoder = model.decoder(prompts("tttlt", ".ttlt", "..tlt"), 9, 1)) {
      var start = decoder.mark();
      advance(decoder);
      var second = decoder.mark();
      decoder.advance(new int[] {1, 2, 3});
      decoder.rewind(second);
      decoder.rewind(start, new int[] {1});
      List<Integer> tokens = sequences.get(1).tokens();
      tokens.remove(tokens.size() - 1);
      assertAsAlone(decoder);
      advance(decoder);
      assertAsAlone(decoder);
    }
  }

  @Test
  void aDecoderAfterAnotherBeginsAnew() {
    for (int round = 0; round < 2; round++) {
      sequences.clear();
      try (Decoder decoder = model.decoder(prompts("tttlt", "..tlt"), 3)) {
        decoder.join(prompts("tt"), 3);
        advance(decoder);
        assertAsAlone(decoder);
      }
    }
  }
}
