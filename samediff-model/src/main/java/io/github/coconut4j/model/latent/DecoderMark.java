package io.github.coconut4j.model.latent;

import lombok.AllArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A place in a {@link Decoder}'s rows to come back to. */
public final class DecoderMark {

  private final INDArray hidden;
  private final int[] nextPositions;
  private final int capacity;
  private final Place place;

  /**
   * One more position of a decoder's rows.
   *
   * <p>Compared by identity: another token at the same position is another place.
   */
  @AllArgsConstructor
  static final class Place {

    /** Null where the prompts end, or where rows left. */
    private final Place before;
  }

  /**
   * @param hidden states of the rows' last positions [R, D], not changed by the decoder
   * @param nextPositions position ids of the next tokens [R]
   * @param capacity tokens that the decoder still takes
   * @param place where the decoder is
   */
  DecoderMark(INDArray hidden, int[] nextPositions, int capacity, Place place) {
    this.hidden = hidden;
    this.nextPositions = nextPositions.clone();
    this.capacity = capacity;
    this.place = place;
  }

  INDArray hidden() {
    return hidden.dup();
  }

  int[] nextPositions() {
    return nextPositions.clone();
  }

  int capacity() {
    return capacity;
  }

  Place place() {
    return place;
  }

  /**
   * How many positions were appended since.
   *
   * @throws IllegalStateException if rows left since, the mark was taken back, or it is another
   *     decoder's
   */
  int appendedSince(int rows, int currentCapacity, Place current) {
    Place earlier = current;
    int appended = 0;
    while (earlier != null && earlier != place) {
      earlier = earlier.before;
      appended++;
    }
    if (earlier == null) {
      throw new IllegalStateException(
          "A decoder goes back to a mark of its own that it still stands behind, with the rows that"
              + " it still has; the mark has "
              + nextPositions.length
              + " rows and room for "
              + capacity
              + " tokens, the decoder "
              + rows
              + " and "
              + currentCapacity
              + ". Take the mark after rows left, and go back to the latest marks first.");
    }
    return appended;
  }
}
