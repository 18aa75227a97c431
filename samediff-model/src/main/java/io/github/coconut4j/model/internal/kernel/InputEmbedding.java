package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * What the first block reads, for one slice of sequences, and its gradients: the embedding of a
 * position's token, or the hidden state that is fed back there, plus its position's embedding.
 */
final class InputEmbedding {

  private final SliceState state;
  private final int width;
  private final Rows rows;

  InputEmbedding(SliceState state) {
    this.state = state;
    width = state.shape.width();
    rows = new Rows(width);
  }

  /**
   * Writes the first block's input on a pass.
   *
   * @param positions address of the position table [P, d]
   */
  void forward(SlicePlan.Pass pass, EmbeddedTokens tokens, long positions) {
    SlicePlan slice = state.slice();
    LineBuffer input = state.block(0, pass).input();
    for (int column = pass.firstColumn(); column < pass.endColumn(); column++) {
      for (int row = 0; row < slice.rows(); row++) {
        long position = positions + (long) slice.position(row, column) * width * Float.BYTES;
        rows.add(source(tokens, row, column), position, input.at(slice.line(row, column)));
      }
    }
  }

  /** A latent is fed the hidden state of the column before it. */
  private long source(EmbeddedTokens tokens, int row, int column) {
    SlicePlan slice = state.slice();
    return slice.isLatent(row, column)
        ? state.hidden.at(slice.query(slice.line(row, column - 1)))
        : tokens.at(slice.firstRow() + row, column);
  }

  /**
   * Hands the gradient of the first block's input on: a latent's to the hidden state that it was.
   *
   * @param tokenGradients overwritten; 0 at latents
   */
  void backward(SlicePlan.Pass pass, EmbeddedTokens tokenGradients) {
    SlicePlan slice = state.slice();
    LineBuffer inputGradient = state.blocks.get(0).input();
    for (int column = pass.firstColumn(); column < pass.endColumn(); column++) {
      for (int row = 0; row < slice.rows(); row++) {
        long gradient = inputGradient.at(slice.line(row, column));
        long token = tokenGradients.at(slice.firstRow() + row, column);
        if (slice.isLatent(row, column)) {
          long hidden = state.hiddenGradient.at(slice.query(slice.line(row, column - 1)));
          rows.add(hidden, gradient, hidden);
          rows.clear(token);
        } else {
          rows.copy(gradient, token);
        }
      }
    }
  }

  /**
   * Writes the position table's gradient, summed up over all slices and positions; entries that no
   * position has get 0.
   *
   * @param target address of the gradient [tablePositions, d]
   */
  static void positionGradients(List<SliceState> slices, long target, int tablePositions) {
    int width = slices.get(0).shape.width();
    int used = slices.get(0).slice().batch().largestPosition() + 1;
    float[] sums = new float[used * width];
    Rows rows = new Rows(width);
    for (SliceState state : slices) {
      SlicePlan slice = state.slice();
      LineBuffer gradient = state.blocks.get(0).input();
      for (int column = 0; column < slice.columns(); column++) {
        for (int row = 0; row < slice.rows(); row++) {
          rows.addTo(
              sums, slice.position(row, column) * width, gradient.at(slice.line(row, column)));
        }
      }
    }
    new FloatAddress().at(target).put(sums, 0, sums.length);
    long rest = (long) (tablePositions - used) * width;
    if (rest > 0) {
      Floats.clear(target + (long) sums.length * Float.BYTES, rest);
    }
  }

  /** Copies inputs without positions, latents filled in, to [rows, columns, d]. */
  void copyInputs(EmbeddedTokens tokens, EmbeddedTokens target) {
    SlicePlan slice = state.slice();
    for (int row = 0; row < slice.rows(); row++) {
      for (int column = 0; column < slice.columns(); column++) {
        rows.copy(source(tokens, row, column), target.at(slice.firstRow() + row, column));
      }
    }
  }
}
