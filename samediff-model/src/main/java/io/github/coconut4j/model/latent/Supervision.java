package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.stream.IntStream;
import lombok.Builder;
import lombok.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The targets of objectives other than the cross-entropy: for each sequence of a batch its teacher,
 * the steps that a decoder must write from its latents, and target distributions of its latents.
 *
 * <p>Shapes: B sequences, G groups of latents, U tokens of the longest step, N latents, K tokens of
 * the widest distribution.
 */
@Value
public class Supervision {

  /** Marks missing values. */
  public static final int NONE = -1;

  /**
   * INT32 [B, 3]: the sequence that contains this one's teacher, which may be the same if the
   * teacher is another continuation of it ({@link LatentBatch#getAttentionMask}); the time step at
   * which hidden states are compared; and the corresponding time step in the teacher's sequence.
   * All are {@link #NONE} without a teacher.
   */
  INDArray teachers;

  /** INT32 [B, G, U]: tokens of the step of each group of latents, {@link #NONE} after its end. */
  INDArray steps;

  /** INT32 [B, N, K]: tokens of the distribution of each latent, {@link #NONE} after its last. */
  INDArray targetTokens;

  /** FLOAT [B, N, K]: their probabilities. */
  INDArray targetProbabilities;

  /**
   * Checks the arrays; missing ones become empty.
   *
   * @throws IllegalArgumentException if one has another type or shape, or target tokens are given
   *     without their probabilities
   */
  @Builder
  public Supervision(
      INDArray teachers, INDArray steps, INDArray targetTokens, INDArray targetProbabilities) {
    Arguments.requireNonNull(teachers, "teachers", "Fill it with Supervision.NONE.");
    if ((targetTokens == null) != (targetProbabilities == null)) {
      throw new IllegalArgumentException(
          "Target tokens and their probabilities belong together, but only "
              + (targetTokens == null ? "the probabilities" : "the tokens")
              + " are given. Give both or neither.");
    }
    long sequences = teachers.size(0);
    this.teachers = checked("teachers", teachers, DataType.INT32, sequences, 3L);
    this.steps = steps == null ? none(sequences) : steps;
    this.targetTokens = targetTokens == null ? none(sequences) : targetTokens;
    this.targetProbabilities =
        targetProbabilities == null ? none(sequences).castTo(DataType.FLOAT) : targetProbabilities;
    checkRank3("steps", this.steps, DataType.INT32, sequences);
    checkRank3("targetTokens", this.targetTokens, DataType.INT32, sequences);
    checked(
        "targetProbabilities", this.targetProbabilities, DataType.FLOAT, this.targetTokens.shape());
  }

  private static INDArray none(long sequences) {
    return Nd4j.valueArrayOf(new long[] {sequences, 1, 1}, NONE, DataType.INT32);
  }

  private static void checkRank3(String name, INDArray array, DataType type, long sequences) {
    boolean isOfRank3 = array.rank() == 3 && array.size(0) == sequences;
    if (!isOpen(array, type) || !isOfRank3) {
      throw wrong(name, array, type, "[" + sequences + ", any, any]");
    }
  }

  private static INDArray checked(String name, INDArray array, DataType type, long... shape) {
    if (!isOpen(array, type) || !Arrays.equals(array.shape(), shape)) {
      throw wrong(name, array, type, Arrays.toString(shape));
    }
    return array;
  }

  private static boolean isOpen(INDArray array, DataType type) {
    return !array.wasClosed() && array.dataType() == type && array.length() > 0;
  }

  private static IllegalArgumentException wrong(
      String name, INDArray array, DataType type, String shape) {
    return new IllegalArgumentException(
        "The supervision's %s must be %s of shape %s, but are %s. Give such an open array."
            .formatted(name, type, shape, Arguments.described(array)));
  }

  /** Number of sequences, B. */
  public int sequences() {
    return (int) teachers.size(0);
  }

  /** The sequence that contains the teacher of {@code b}, or {@link #NONE}. */
  public int teacher(int b) {
    return teachers.getInt(b, 0);
  }

  /** The time step at which hidden states of {@code b} are compared, or {@link #NONE}. */
  public int compared(int b) {
    return teachers.getInt(b, 1);
  }

  /** The corresponding time step in its teacher's sequence, or {@link #NONE}. */
  public int teacherCompared(int b) {
    return teachers.getInt(b, 2);
  }

  /** Number of groups of latents, G. */
  public int groups() {
    return (int) steps.size(1);
  }

  /** Tokens of the step of a group of latents; empty without a step. */
  public int[] step(int b, int group) {
    return tokens(steps, b, group);
  }

  /** Number of latents that may have a distribution, N. */
  public int latents() {
    return (int) targetTokens.size(1);
  }

  /** Tokens of the distribution of a sequence's latent; empty without one. */
  public int[] targetTokens(int b, int latent) {
    return tokens(targetTokens, b, latent);
  }

  /** The tokens of a row up to the first {@link #NONE}. */
  private static int[] tokens(INDArray array, int b, int index) {
    return IntStream.range(0, (int) array.size(2))
        .map(i -> array.getInt(b, index, i))
        .takeWhile(token -> token != NONE)
        .toArray();
  }

  /** Their probabilities. */
  public double[] targetProbabilities(int b, int latent) {
    return IntStream.range(0, targetTokens(b, latent).length)
        .mapToDouble(i -> targetProbabilities.getDouble(b, latent, i))
        .toArray();
  }
}
