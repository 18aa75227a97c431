package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What sequences that join a running decoder may be, and how many tokens each takes. */
@ParameterizedClass
@EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
class JoiningSequencesTest {

  private static final int VOCABULARY = 13;
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(10)
          .nEmbd(12)
          .nLayer(2)
          .nHead(3)
          .initializerRange(0.3)
          .build();
  private static final LatentBatch PROMPTS = Batches.of(VOCABULARY, 1, "ww*w", ".w*w");
  private static final LatentBatch OTHERS = Batches.of(VOCABULARY, 2, "wwwwwwww");

  @Parameter LatentLoops loop;

  private LatentTransformer model;

  @BeforeEach
  void open() {
    model = LatentTransformer.create(CONFIG, Weights.initial(CONFIG, 4), loop);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void eachSequenceTakesItsOwnNumberOfTokens() {
    try (Decoder decoder = model.decoder(PROMPTS, 5)) {
      decoder.join(OTHERS, 2);
      decoder.advance(new int[3]);
      decoder.advance(new int[3]);
      assertThatThrownBy(() -> decoder.advance(new int[3]))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("sequence 2 are all used");
      decoder.retain(new int[] {0, 1});
      for (int i = 0; i < 3; i++) {
        decoder.advance(new int[2]);
      }
      assertThatThrownBy(() -> decoder.advance(new int[2]))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("sequence 0");
    }
  }

  @Test
  void promptsThatJoinTogetherTakeTheirOwnNumbersOfTokens() {
    LatentBatch longAndShort = Batches.of(VOCABULARY, 3, "wwwwwwww", "ww......");
    try (Decoder decoder = model.decoder(longAndShort, new int[] {2, 8})) {
      assertThatThrownBy(() -> decoder.join(longAndShort, new int[] {3, 8}))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has 8 tokens and 3 new ones");
      assertThatThrownBy(() -> decoder.join(longAndShort, new int[] {2}))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2 prompts");
      decoder.advance(new int[2]);
      decoder.advance(new int[2]);
      decoder.retain(new int[] {1});
      for (int i = 0; i < 6; i++) {
        decoder.advance(new int[1]);
      }
      assertThatThrownBy(() -> decoder.advance(new int[1]))
          .isExactlyInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void promptsThatCannotBeReadAreRefusedAndTheOthersGoOn() {
    List<LatentBatch> wrong =
        List.of(
            Batches.of(VOCABULARY, 1, "*w"),
            Batches.of(VOCABULARY, 1, "w*", "ww"),
            Batches.of(40, 8, "wwwwwwwww"));
    try (Decoder decoder = model.decoder(PROMPTS, 5);
        Decoder untouched = model.decoder(PROMPTS, 5)) {
      assertRefused(decoder, wrong.get(0), 1);
      assertRefused(decoder, wrong.get(1), 9);
      assertRefused(decoder, wrong.get(2), 1);
      assertRefused(decoder, OTHERS, 3);
      assertRefused(decoder, OTHERS, -1);
      decoder.advance(new int[2]);
      untouched.advance(new int[2]);
      assertThat(decoder.logitRows()).isDeepEqualTo(untouched.logitRows());
    }
  }

  private static void assertRefused(Decoder decoder, LatentBatch prompts, int newTokens) {
    assertThatThrownBy(() -> decoder.join(prompts, newTokens))
        .isExactlyInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMarkFromBeforeSequencesJoinedIsRefused() {
    try (Decoder decoder = model.decoder(PROMPTS, 5)) {
      DecoderMark mark = decoder.mark();
      decoder.join(OTHERS, 2);
      assertThatThrownBy(() -> decoder.rewind(mark))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("joined");
      DecoderMark after = decoder.mark();
      decoder.advance(new int[3]);
      decoder.rewind(after);
      decoder.advance(new int[3]);
      decoder.advance(new int[3]);
      assertThat(decoder.sequences()).isEqualTo(3);
    }
  }

  /**
   * Prompts join the worker with the fewest sequences, and only that one makes more room, so a
   * sequence has the room that was made when it was read.
   */
  @Test
  void whatASequenceMayTakeBackIsNotHandedOutAgainWhenOthersJoin() {
    int spare = 32;
    TransformerConfig config = CONFIG.toBuilder().nPositions(200).build();
    try (LatentTransformer wide =
            LatentTransformer.create(config, Weights.initial(config, 4), loop);
        Decoder decoder = wide.decoder(Batches.of(VOCABULARY, 1, "wwww"), 1, spare)) {
      takeBack(decoder, spare, 1);
      decoder.join(Batches.of(VOCABULARY, 2, "wwww"), 100);
      decoder.advance(new int[2]);
      decoder.retain(new int[] {1});
      takeBack(decoder, spare, 1);
      assertThat(decoder.sequences()).isOne();
    }
    try (LatentTransformer wide =
            LatentTransformer.create(config, Weights.initial(config, 4), loop);
        Decoder decoder = wide.decoder(Batches.of(VOCABULARY, 1, "wwww"), 1, spare)) {
      takeBack(decoder, spare, 1);
      decoder.join(Batches.of(VOCABULARY, 2, "wwww"), 100);
      takeBack(decoder, 1, 2);
      assertThatThrownBy(() -> takeBack(decoder, spare, 2))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("sequence 0 has used all 32")
          .hasMessageContaining("larger maxTakenBack");
    }
  }

  /** Appends positions that the first sequence takes back. */
  private static void takeBack(Decoder decoder, int times, int sequences) {
    for (int i = 0; i < times; i++) {
      DecoderMark mark = decoder.mark();
      decoder.advance(new int[sequences]);
      decoder.rewind(mark, new int[] {0});
    }
  }

  @Test
  void aClosedDecoderTakesNone() {
    Decoder decoder = model.decoder(PROMPTS, 5);
    decoder.close();
    assertThatThrownBy(() -> decoder.join(OTHERS, 1))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
