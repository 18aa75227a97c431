package io.github.coconut4j.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;

class SequenceBatcherTest {

  private static final int PAD = 9;
  private static final int X = TokenSequence.IGNORED;
  private final SequenceBatcher batcher = new SequenceBatcher(PAD);

  /** Rows with two latents, one latent and none; worked out by hand from the rules. */
  @Test
  void alignsFirstLatentsAndPadsTheRest() {
    MultiDataSet batch =
        batcher.batch(
            List.of(
                sequence("1 2 3 L L 4 5", 5),
                sequence("6 L 7", 2),
                sequence("1 2 3 4 5 6 7 8", 1)));

    assertThat(values(batch.getFeatures(SequenceBatcher.INPUT_IDS)))
        .isDeepEqualTo(
            new int[][] {
              {1, 2, 3, 0, 0, 4, 5, PAD},
              {PAD, PAD, 6, 0, 7, PAD, PAD, PAD},
              {1, 2, 3, 4, 5, 6, 7, 8},
            });
    assertThat(values(batch.getFeatures(SequenceBatcher.POSITION_IDS)))
        .isDeepEqualTo(
            new int[][] {
              {0, 1, 2, 3, 4, 5, 6, 0}, {0, 0, 0, 1, 2, 0, 0, 0}, {0, 1, 2, 3, 4, 5, 6, 7},
            });
    assertThat(values(batch.getFeatures(SequenceBatcher.ATTENTION_MASK)))
        .isDeepEqualTo(
            new int[][] {
              {1, 1, 1, 1, 1, 1, 1, 0}, {0, 0, 1, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1},
            });
    assertThat(values(batch.getFeatures(SequenceBatcher.LATENT_MASK)))
        .isDeepEqualTo(
            new int[][] {
              {0, 0, 0, 1, 1, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0},
            });
    assertThat(values(batch.getLabels(SequenceBatcher.LABELS)))
        .isDeepEqualTo(
            new int[][] {
              {X, X, X, X, X, 4, 5, X}, {X, X, X, X, 7, X, X, X}, {X, 2, 3, 4, 5, 6, 7, 8},
            });
  }

  @Test
  void positionsCountFromWhereASequenceBegins() {
    TokenSequence teacher = sequence("5 7", 1);
    TokenSequence taught =
        sequence("5 L 6", 2)
            .withSupervision(SequenceSupervision.builder().teacher(teacher).compared(1).build());
    MultiDataSet batch =
        batcher.batch(List.of(sequence("1 2 L 3", 3).startingAt(4), taught.startingAt(7)));

    assertThat(values(batch.getFeatures(SequenceBatcher.POSITION_IDS)))
        .isDeepEqualTo(new int[][] {{4, 5, 6, 7, 0, 0}, {0, 7, 8, 9, 7, 8}});
    assertThat(taught.startingAt(0)).isEqualTo(taught).isNotEqualTo(taught.startingAt(1));
    assertThatThrownBy(() -> taught.startingAt(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be at least 0, but is -1");
  }

  /** The common beginning is there once, except its last token, which is before each label. */
  @Test
  void aTeacherGoesOnInItsStudentsRow() {
    TokenSequence taught =
        sequence("1 2 3 8 L L 9 5 6", 7)
            .withSupervision(
                SequenceSupervision.builder()
                    .teacher(sequence("1 2 3 4 4 5 6", 3))
                    .compared(7)
                    .teacherCompared(5)
                    .build());
    TokenSequence other =
        sequence("8 L L 9 5 6", 4)
            .withSupervision(
                SequenceSupervision.builder()
                    .teacher(sequence("7 4 5 6", 1))
                    .compared(4)
                    .teacherCompared(2)
                    .build());
    MultiDataSet batch = batcher.batch(List.of(taught, other, sequence("1 8 L 9 5", 4)));

    assertThat(values(batch.getFeatures(SequenceBatcher.INPUT_IDS)))
        .isDeepEqualTo(
            new int[][] {
              {1, 2, 3, 8, 0, 0, 9, 5, 6, 3, 4, 4, 5, 6},
              {PAD, PAD, PAD, 8, 0, 0, 9, 5, 6, 7, 4, 5, 6, PAD},
              {PAD, PAD, 1, 8, 0, 9, 5, PAD, PAD, PAD, PAD, PAD, PAD, PAD},
            });
    assertThat(values(batch.getFeatures(SequenceBatcher.POSITION_IDS)))
        .isDeepEqualTo(
            new int[][] {
              {0, 1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4, 5, 6},
              {0, 0, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 0},
              {0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0},
            });
    assertThat(values(batch.getFeatures(SequenceBatcher.ATTENTION_MASK)))
        .isDeepEqualTo(
            new int[][] {
              {1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3},
              {0, 0, 0, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 0},
              {0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
            });
    assertThat(values(batch.getLabels(SequenceBatcher.LABELS)))
        .isDeepEqualTo(
            new int[][] {
              {X, X, X, X, X, X, X, 5, 6, X, 4, 4, 5, 6},
              {X, X, X, X, X, X, X, 5, 6, X, 4, 5, 6, X},
              {X, X, X, X, X, X, 5, X, X, X, X, X, X, X},
            });
    assertThat(values(batch.getFeatures(4)))
        .isDeepEqualTo(new int[][] {{0, 7, 12}, {1, 7, 11}, {-1, -1, -1}});
  }

  @Test
  void aTeacherThatThinksIsRefused() {
    assertThatThrownBy(() -> SequenceSupervision.builder().teacher(sequence("1 L 2", 2)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 1 latents");
    assertThatThrownBy(() -> SequenceSupervision.builder().teacher(sequence("1 2", 0)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its first token has the label 1");
  }

  @Test
  void aPositionOfTheTeacherIsNoneOfTheStudents() {
    SequenceSupervision beyond =
        SequenceSupervision.builder().teacher(sequence("5 7", 1)).compared(3).build();
    assertThatThrownBy(() -> sequence("5 6 7", 1).withSupervision(beyond))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one of the sequence's 3, but is 3");
  }

  @Test
  void everyArrayIsInt32() {
    MultiDataSet batch = batcher.batch(List.of(sequence("1 2", 1)));
    assertThat(batch.getFeatures()).hasSize(4);
    assertThat(batch.getLabels()).hasSize(1);
    assertThat(batch.getFeatures())
        .allSatisfy(array -> assertThat(array.dataType()).isEqualTo(DataType.INT32));
    assertThat(batch.getLabels(0).dataType()).isEqualTo(DataType.INT32);
    assertThat(batch.getLabels(0).shape()).containsExactly(1, 2);
  }

  /**
   * Whatever the batch, its real positions are the sequences and first latents share one time step.
   */
  @Property(tries = 100)
  void keepsEverySequenceWhole(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 9) Integer> questions,
      @ForAll @IntRange(max = 3) int latents) {
    List<TokenSequence> sequences = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      String text = "5 ".repeat(questions.get(i)) + "L ".repeat((latents + i) % 4) + "6 7";
      sequences.add(sequence(text, questions.get(i) + (latents + i) % 4));
    }
    MultiDataSet batch = batcher.batch(sequences);
    int[][] ids = values(batch.getFeatures(SequenceBatcher.INPUT_IDS));
    int[][] mask = values(batch.getFeatures(SequenceBatcher.ATTENTION_MASK));
    int[][] latentMask = values(batch.getFeatures(SequenceBatcher.LATENT_MASK));
    List<Integer> firstLatents = new ArrayList<>();
    for (int row = 0; row < sequences.size(); row++) {
      assertThat(where(ids[row], mask[row])).isEqualTo(sequences.get(row).getTokens());
      int first = Arrays.stream(latentMask[row]).boxed().toList().indexOf(1);
      if (first >= 0) {
        firstLatents.add(first);
      }
    }
    assertThat(firstLatents.stream().distinct().count()).isLessThanOrEqualTo(1);
  }

  @Test
  void refusesAnEmptyBatchAndSequencesThatBreakTheRules() {
    assertThatThrownBy(() -> batcher.batch(List.of())).hasMessageContaining("at least 1 sequence");
    assertThatThrownBy(() -> sequence("L 1", 1)).hasMessageContaining("a position before it");
    assertThatThrownBy(() -> sequence("1 L 2 L", 4)).hasMessageContaining("neighbours");
    assertThatThrownBy(() -> sequence("1 L 2", 1)).hasMessageContaining("has no label");
    assertThatThrownBy(() -> new TokenSequence(new int[2], new int[1], new boolean[2]))
        .hasMessageContaining("2 tokens, 1 labels, 2 marks");
    assertThatThrownBy(() -> new SequenceBatcher(-1)).hasMessageContaining("found -1");
  }

  @Test
  void countsWhatTheLossUses() {
    TokenSequence sequence = sequence("1 2 L L 4 5", 4);
    assertThat(sequence.labelledTokens()).isEqualTo(2);
    assertThat(sequence.latentCount()).isEqualTo(2);
    assertThat(sequence.firstLatent()).isEqualTo(2);
    assertThat(TokenSequence.prompt(new int[] {1, 2}, new boolean[2]).labelledTokens()).isZero();
  }

  /** {@code L} is a latent position; everything from {@code labelledFrom} on has a label. */
  private static TokenSequence sequence(String text, int labelledFrom) {
    String[] words = text.trim().split(" ", -1);
    int[] tokens = new int[words.length];
    int[] labels = new int[words.length];
    boolean[] latents = new boolean[words.length];
    for (int i = 0; i < words.length; i++) {
      latents[i] = words[i].equals("L");
      tokens[i] = latents[i] ? 0 : Integer.parseInt(words[i]);
      labels[i] = i >= labelledFrom ? tokens[i] : X;
    }
    return new TokenSequence(tokens, labels, latents);
  }

  private static int[] where(int[] values, int[] mask) {
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      if (mask[i] == 1) {
        kept.add(values[i]);
      }
    }
    return kept.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int[][] values(INDArray array) {
    return array.toIntMatrix();
  }
}
