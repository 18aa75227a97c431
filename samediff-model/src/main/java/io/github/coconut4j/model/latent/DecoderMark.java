package io.github.coconut4j.model.latent;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A place in a {@link Decoder}'s sequences, for {@link Decoder#rewind}. */
public final class DecoderMark {

  private final INDArray hidden;
  private final int[] nextPositions;
  private final int[] remaining;

  /** The last element of the decoder's path, and its length. */
  private final Object place;

  private final int pathLength;

  /**
   * Makes a mark.
   *
   * @param hidden hidden states of the sequences' last positions [R, D], not changed by the decoder
   * @param nextPositions position ids of the next tokens [R]
   * @param remaining number of tokens that each sequence still accepts [R]
   * @param path the decoder's, as {@link #appendedSince} takes it
   */
  DecoderMark(INDArray hidden, int[] nextPositions, int[] remaining, List<Object> path) {
    this.hidden = hidden;
    this.nextPositions = nextPositions.clone();
    this.remaining = remaining.clone();
    this.pathLength = path.size();
    this.place = path.get(pathLength - 1);
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

  /**
   * The number of positions that were appended since the mark.
   *
   * @param path one object for the decoder's sequences, then one for each appended position;
   *     compared by identity, since another token at the same position is another place
   * @param sequences the decoder's number of sequences
   * @throws IllegalStateException if sequences joined or left since, the mark was taken back, or it
   *     belongs to another decoder
   */
  int appendedSince(List<Object> path, int sequences) {
    if (path.size() < pathLength || path.get(pathLength - 1) != place) {
      throw new IllegalStateException(
          "A decoder returns only to its own marks before its current position, with the sequences"
              + " that it still has; the mark has "
              + nextPositions.length
              + " sequences with room for "
              + Arrays.toString(remaining)
              + " tokens, the decoder has "
              + sequences
              + ". Take the mark after sequences joined or left, and go back to the latest marks"
              + " first.");
    }
    return path.size() - pathLength;
  }
}
