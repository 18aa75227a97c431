package io.github.coconut4j.model.latent;

import java.util.Arrays;
import lombok.AllArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A place in a {@link Decoder}'s sequences to come back to. */
public final class DecoderMark {

  private final INDArray hidden;
  private final int[] nextPositions;
  private final int[] remaining;
  private final Place place;

  /**
   * One more position of a decoder's sequences.
   *
   * <p>Compared by identity: another token at the same position is another place.
   */
  @AllArgsConstructor
  static final class Place {

    /** Null where the prompts end, or where sequences joined or left. */
    private final Place before;
  }

  /**
   * A mark.
   *
   * @param hidden states of the sequences' last positions [R, D], not changed by the decoder
   * @param nextPositions position ids of the next tokens [R]
   * @param remaining tokens that each sequence still takes [R]
   * @param place where the decoder is
   */
  DecoderMark(INDArray hidden, int[] nextPositions, int[] remaining, Place place) {
    this.hidden = hidden;
    this.nextPositions = nextPositions.clone();
    this.remaining = remaining.clone();
    this.place = place;
  }

  INDArray hidden() {
    return hidden.dup();
  }

  int[] nextPositions() {
    return nextPositions.clone();
  }

  int[] remaining() {
    return remaining.clone();
  }

  Place place() {
    return place;
  }

  /**
   * How many positions were appended since.
   *
   * @param current where the decoder is
   * @param sequences that it has
   * @throws IllegalStateException if sequences joined or left since, the mark was taken back, or it
   *     is another decoder's
   */
  int appendedSince(Place current, int sequences) {
    Place earlier = current;
    int appended = 0;
    while (earlier != null && earlier != place) {
      earlier = earlier.before;
      appended++;
    }
    if (earlier == null) {
      throw new IllegalStateException(
          "A decoder goes back to a mark of its own that it still stands behind, with the sequences"
              + " that it still has; the mark has "
              + nextPositions.length
              + " sequences with room for "
              + Arrays.toString(remaining)
              + " tokens, the decoder has "
              + sequences
              + ". Take the mark after sequences joined or left, and go back to the latest marks"
              + " first.");
    }
    return appended;
  }
}
