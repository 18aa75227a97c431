package io.github.coconut4j.data.batch;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pads sequences to one batch.
 *
 * <p>Shapes: B sequences, T time steps.
 *
 * <ul>
 *   <li>Sequences with latents are padded on the left so that their first latents are at the same
 *       time step: then one forward pass computes the i-th latent of every sequence. Sequences
 *       without latents get no padding on the left.
 *   <li>All are padded on the right to a common length.
 *   <li>A sequence's teacher continues from their common beginning in the same row; neither attends
 *       to the other's rest.
 *   <li>Position ids count from {@link TokenSequence#getFirstPosition()}, 0 by default, at the
 *       first real token and are 0 on the padding.
 *   <li>Sequences may have different numbers of latents: at a time step that is a latent for some
 *       and a token for others, each gets its own input.
 * </ul>
 */
public final class SequenceBatcher {

  /** Index of the token ids among the features, INT32 [B, T]. */
  public static final int INPUT_IDS = 0;

  /** Index of the position ids among the features, INT32 [B, T]. */
  public static final int POSITION_IDS = 1;

  /**
   * Index of the attention mask among the features, INT32 [B, T]: 1 real, 0 padding; in a row with
   * a teacher 1 for their common beginning, 2 for the rest of the sequence, 3 for that of the
   * teacher.
   */
  public static final int ATTENTION_MASK = 2;

  /** Index of the latent mask among the features, INT32 [B, T]: 1 latent, 0 token or padding. */
  public static final int LATENT_MASK = 3;

  /**
   * Index of the labels among the labels, INT32 [B, T], {@link TokenSequence#IGNORED} where none.
   */
  public static final int LABELS = 0;

  private final int paddingToken;

  /**
   * Creates a batcher.
   *
   * @param paddingToken id at padded positions; it is masked, so any id of the vocabulary is
   *     possible
   */
  public SequenceBatcher(int paddingToken) {
    if (paddingToken < 0) {
      throw new IllegalArgumentException(
          "The padding token must be an id of the vocabulary, found "
              + paddingToken
              + "; give the tokenizer's end-of-sequence token");
    }
    this.paddingToken = paddingToken;
  }

  /**
   * Pads sequences to one batch, in their order, each with its teacher, if it has one.
   *
   * @return features {input_ids, position_ids, attention_mask, latent_mask} and labels {labels},
   *     all INT32 [B, T], at the indices given by this class's constants; for sequences with {@link
   *     SequenceSupervision} four more features, teachers INT32 [B, 3], steps INT32 [B, G, U],
   *     target tokens INT32 [B, N, K] and their probabilities FLOAT [B, N, K]
   * @throws IllegalArgumentException if there is no sequence
   */
  public MultiDataSet batch(List<TokenSequence> sequences) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException("A batch needs at least 1 sequence, found none; give one");
    }
    int firstLatent = firstLatent(sequences);
    int[] padding =
        sequences.stream().mapToInt(sequence -> leftPadding(sequence, firstLatent)).toArray();
    int length = 0;
    for (int b = 0; b < padding.length; b++) {
      length = Math.max(length, padding[b] + sequences.get(b).rowLength());
    }
    int size = Math.multiplyExact(sequences.size(), length);
    int[][] features = new int[4][size];
    Arrays.fill(features[INPUT_IDS], paddingToken);
    int[] labels = new int[size];
    Arrays.fill(labels, TokenSequence.IGNORED);
    for (int b = 0; b < padding.length; b++) {
      fill(features, labels, b * length + padding[b], sequences.get(b));
    }
    long[] shape = {sequences.size(), length};
    INDArray[] supervision = new SupervisionArrays(sequences, padding).all();
    INDArray[] arrays =
        Stream.of(arrays(shape, features), supervision)
            .flatMap(Stream::of)
            .toArray(INDArray[]::new);
    return new MultiDataSet(arrays, arrays(shape, labels));
  }

  /** The time step of all first latents, or -1 without latents. */
  private static int firstLatent(List<TokenSequence> sequences) {
    return sequences.stream().mapToInt(TokenSequence::firstLatent).max().orElse(-1);
  }

  private static int leftPadding(TokenSequence sequence, int firstLatent) {
    int first = sequence.firstLatent();
    return first < 0 ? 0 : firstLatent - first;
  }

  /** Writes one sequence into the flattened arrays [B, T], starting at an index. */
  private static void fill(int[][] features, int[] labels, int start, TokenSequence sequence) {
    TeacherBranch branch = TeacherBranch.of(sequence);
    fill(features, labels, start, sequence, 0, TeacherBranch.COMMON);
    if (branch != null) {
      int own = start + branch.getShared();
      int end = start + sequence.length();
      Arrays.fill(features[ATTENTION_MASK], own, end, TeacherBranch.STUDENT);
      TokenSequence teacher = branch.getTeacher();
      fill(features, labels, end, teacher, branch.getShared(), TeacherBranch.TEACHER);
    }
    if (sequence.firstLatent() >= 0) {
      int latents = start + sequence.firstLatent();
      Arrays.fill(features[LATENT_MASK], latents, latents + sequence.latentCount(), 1);
    }
  }

  /** Writes the tokens of a sequence from one token on. */
  private static void fill(
      int[][] features, int[] labels, int start, TokenSequence sequence, int from, int segment) {
    int count = sequence.length() - from;
    System.arraycopy(sequence.getTokens(), from, features[INPUT_IDS], start, count);
    System.arraycopy(sequence.getLabels(), from, labels, start, count);
    Arrays.fill(features[ATTENTION_MASK], start, start + count, segment);
    for (int i = 0; i < count; i++) {
      features[POSITION_IDS][start + i] = sequence.getFirstPosition() + from + i;
    }
  }

  private static INDArray[] arrays(long[] shape, int[]... values) {
    return Arrays.stream(values)
        .map(array -> Nd4j.createFromArray(array).reshape(shape))
        .toArray(INDArray[]::new);
  }
}
