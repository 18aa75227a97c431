package io.github.coconut4j.data.batch;

import java.util.Arrays;
import java.util.Locale;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.ToString;

/**
 * One sequence of a batch before padding: T tokens, the label of each, and the latent positions.
 *
 * <p>The input of a latent position is not its token's embedding but the final hidden state of the
 * previous position (paper, section 3); its token is a placeholder.
 */
@EqualsAndHashCode
@ToString
public final class TokenSequence {

  /** The label of a token that the loss leaves out. */
  public static final int IGNORED = -100;

  private final int[] tokens;
  private final int[] labels;
  private final boolean[] latents;

  /** Supervision in addition to the labels; null for none. */
  @Getter private final SequenceSupervision supervision;

  /** Position id of the first token, at least 0; the others are consecutive. */
  @Getter private final int firstPosition;

  /**
   * Creates a sequence.
   *
   * @param tokens token ids, [T] with T at least 1
   * @param labels for each token {@link #IGNORED} or the id to be predicted there, [T]; as in
   *     Hugging Face models they are not shifted: the label of a position is predicted from the
   *     previous one
   * @param latents whether each position is latent, [T]; latent positions are consecutive, do not
   *     include the first position, and have no labels
   * @throws IllegalArgumentException if lengths differ or the latent positions violate these rules
   */
  public TokenSequence(int[] tokens, int[] labels, boolean[] latents) {
    this(tokens, labels, latents, null, 0);
  }

  private TokenSequence(
      int[] tokens,
      int[] labels,
      boolean[] latents,
      SequenceSupervision supervision,
      int firstPosition) {
    this.supervision = supervision;
    this.firstPosition = firstPosition;
    if (tokens.length == 0 || labels.length != tokens.length || latents.length != tokens.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A sequence needs as many labels and latent marks as tokens, at least 1 of each,"
                  + " found %d tokens, %d labels, %d marks; give arrays of one length",
              tokens.length,
              labels.length,
              latents.length));
    }
    this.tokens = tokens.clone();
    this.labels = labels.clone();
    this.latents = latents.clone();
    requireNeighbouringLatents();
  }

  /**
   * Makes a sequence without labels, from which generation starts.
   *
   * @param tokens token ids, [T]
   * @param latents whether each position is latent, [T]
   */
  public static TokenSequence prompt(int[] tokens, boolean[] latents) {
    int[] labels = new int[tokens.length];
    Arrays.fill(labels, IGNORED);
    return new TokenSequence(tokens, labels, latents);
  }

  /**
   * The same sequence with supervision in addition to its labels.
   *
   * @param other the supervision, or null for none
   * @throws IllegalArgumentException if it compares a position with a teacher's that this sequence
   *     does not have
   */
  public TokenSequence withSupervision(SequenceSupervision other) {
    if (other != null && other.getTeacher() != null) {
      requireOwn(other.getCompared());
    }
    return new TokenSequence(tokens, labels, latents, other, firstPosition);
  }

  private void requireOwn(int compared) {
    if (compared < 0 || compared >= length()) {
      throw new IllegalArgumentException(
          "The position that is compared with a teacher's must be one of the sequence's "
              + length()
              + ", but is "
              + compared
              + "; give the one that predicts the answer");
    }
  }

  /**
   * The same sequence, and its teacher, at other positions.
   *
   * @param position position id of the first token
   * @throws IllegalArgumentException if it is negative
   */
  public TokenSequence startingAt(int position) {
    if (position < 0) {
      throw new IllegalArgumentException(
          "A sequence's first position must be at least 0, but is " + position + "; give 0");
    }
    SequenceSupervision moved = supervision == null ? null : supervision.startingAt(position);
    return new TokenSequence(tokens, labels, latents, moved, position);
  }

  /** Token ids, [T]; a copy. */
  public int[] getTokens() {
    return tokens.clone();
  }

  /** Labels, [T], {@link #IGNORED} where there is none; a copy. */
  public int[] getLabels() {
    return labels.clone();
  }

  /** Latent marks, [T]; a copy. */
  public boolean[] getLatents() {
    return latents.clone();
  }

  /** T, the number of positions. */
  public int length() {
    return tokens.length;
  }

  /** Number of time steps in a batch: its own and those of its teacher. */
  int rowLength() {
    TeacherBranch branch = TeacherBranch.of(this);
    return branch == null ? length() : branch.length();
  }

  /** The index of the first latent position, or -1 if there is none. */
  public int firstLatent() {
    for (int i = 0; i < latents.length; i++) {
      if (latents[i]) {
        return i;
      }
    }
    return -1;
  }

  /** The number of latent positions. */
  public int latentCount() {
    int count = 0;
    for (boolean latent : latents) {
      count += latent ? 1 : 0;
    }
    return count;
  }

  /** The number of labelled tokens. */
  public int labelledTokens() {
    int count = 0;
    for (int label : labels) {
      count += label == IGNORED ? 0 : 1;
    }
    return count;
  }

  private void requireNeighbouringLatents() {
    int first = firstLatent();
    int end = first + latentCount();
    for (int i = 0; i < latents.length; i++) {
      boolean expected = first >= 0 && i >= first && i < end;
      if (latents[i] != expected) {
        throw new IllegalArgumentException(
            "Latent positions must be neighbours, found one at "
                + i
                + " after a gap; put all latents in one place");
      }
      if (latents[i] && (i == 0 || labels[i] != IGNORED)) {
        throw new IllegalArgumentException(
            i == 0
                ? "A latent position needs a position before it, found one at 0; begin with a token"
                : "A latent position has no label, found "
                    + labels[i]
                    + " at position "
                    + i
                    + "; give "
                    + IGNORED);
      }
    }
  }
}
