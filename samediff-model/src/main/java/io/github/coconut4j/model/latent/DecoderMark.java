package io.github.coconut4j.model.latent;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A place in a {@link Decoder}'s rows to come back to. */
public final class DecoderMark {

  private final INDArray hidden;
  private final int[] nextPositions;
  private final int capacity;

  /**
   * @param hidden states of the rows' last positions [R, D], not changed by the decoder
   * @param nextPositions position ids of the next tokens [R]
   * @param capacity tokens that the decoder still takes
   */
  DecoderMark(INDArray hidden, int[] nextPositions, int capacity) {
    this.hidden = hidden;
    this.nextPositions = nextPositions.clone();
    this.capacity = capacity;
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

  /**
   * How many positions were appended since.
   *
   * @throws IllegalStateException if rows left since, or the mark is ahead of the decoder
   */
  int appendedSince(int rows, int currentCapacity) {
    if (rows != nextPositions.length || currentCapacity > capacity) {
      throw new IllegalStateException(
          "A decoder goes back to a mark of the rows that it still has, but the mark has "
              + nextPositions.length
              + " rows and room for "
              + capacity
              + " tokens, the decoder "
              + rows
              + " and "
              + currentCapacity
              + ". Take the mark after rows left, and go back to the latest marks first.");
    }
    return capacity - currentCapacity;
  }
}
