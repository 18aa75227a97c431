package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;

/** The labelled tokens of a batch, each predicted from the previous time step. */
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public final class Labels {

  private final int[] positions;
  private final int[] tokens;
  private final int steps;

  /**
   * Collects the labels of a batch.
   *
   * @throws IllegalArgumentException if it has none, or one at a sequence's first time step or at
   *     the first of a continuation that follows another
   */
  public static Labels of(LatentBatch batch) {
    Arguments.requireNonNull(batch, "batch", "Build one with LatentBatch.builder().");
    if (batch.getLabels() == null) {
      throw new IllegalArgumentException(
          "A loss needs labels, but the batch has none. Build it with labels.");
    }
    int[] labels = batch.getLabels().reshape(-1).toIntVector();
    int[] labelled =
        IntStream.range(0, labels.length)
            .filter(position -> labels[position] != LatentBatch.IGNORED_LABEL)
            .toArray();
    requireLabels(labelled, batch.steps());
    requireOneContinuation(labelled, batch);
    return new Labels(
        IntStream.of(labelled).map(position -> position - 1).toArray(),
        IntStream.of(labelled).map(position -> labels[position]).toArray(),
        batch.steps());
  }

  private static void requireLabels(int[] labelled, int steps) {
    if (labelled.length == 0) {
      throw new IllegalArgumentException(
          "A loss needs at least one labelled token, but every label of the batch is "
              + LatentBatch.IGNORED_LABEL
              + ". Label the tokens to learn.");
    }
    for (int position : labelled) {
      if (position % steps == 0) {
        throw new IllegalArgumentException(
            "A label is predicted from the time step before it, but sequence "
                + position / steps
                + " has one at its first time step. Give it "
                + LatentBatch.IGNORED_LABEL
                + ".");
      }
    }
  }

  private static void requireOneContinuation(int[] labelled, LatentBatch batch) {
    int[] segments = batch.getAttentionMask().reshape(-1).toIntVector();
    for (int position : labelled) {
      int before = segments[position - 1];
      if (before > 1 && segments[position] != before) {
        throw new IllegalArgumentException(
            "A label is predicted from the time step before it, but that of sequence "
                + position / batch.steps()
                + " at time step "
                + position % batch.steps()
                + " follows another continuation of the sequence. Let each begin with a token that"
                + " has no label.");
      }
    }
  }

  /** Number of labels. */
  public int count() {
    return tokens.length;
  }

  /** Positions b · T + t from whose hidden states the labels are predicted, ascending. */
  public int[] positions() {
    return positions.clone();
  }

  /** The tokens to predict. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** The sequence of a label. */
  public int sequence(int label) {
    return positions[label] / steps;
  }
}
