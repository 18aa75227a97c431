package io.github.coconut4j.model.internal.kernel;

/**
 * The latent loop over one slice of rows: every pass through every layer, and back. Runs on one
 * thread.
 */
final class SlicePasses implements AutoCloseable {

  private final TransformerShape shape;
  private final SliceState state;
  private final InputEmbedding embedding;
  private final AttentionBlocks blocks;
  private final Rows lines;
  private long masks;

  SlicePasses(TransformerShape shape, Kernels kernels) {
    this.shape = shape;
    state = new SliceState(shape, kernels);
    embedding = new InputEmbedding(state);
    blocks = new AttentionBlocks(shape.heads());
    lines = new Rows(shape.width());
  }

  SliceState state() {
    return state;
  }

  /** Cuts the batch's rows into passes and attention blocks. */
  private SlicePlan plan(LatentPlan batch, Share rows) {
    blocks.start();
    SlicePlan slice = new SlicePlan(batch, (int) rows.from(), (int) rows.size(), blocks);
    masks = blocks.finish();
    return slice;
  }

  /** Starts a batch whose way back follows. */
  void startKept(LatentPlan batch, Share rows) {
    state.startKept(plan(batch, rows));
  }

  /** Starts a batch without a way back, with room for {@code capacity} columns. */
  void startForwardOnly(LatentPlan batch, Share rows, int capacity) {
    state.startForwardOnly(plan(batch, rows), capacity);
  }

  /** Goes on with further columns of the batch started last. */
  void continueWith(LatentPlan batch, Share rows) {
    state.continueWith(plan(batch, rows));
  }

  /** All passes; the hidden states that the plan asks for go to {@code hiddenOut}. */
  void forward(EmbeddedTokens tokens, TransformerParameters weights, long hiddenOut) {
    SlicePlan slice = state.slice();
    for (SlicePlan.Pass pass : slice.passes()) {
      embedding.forward(pass, tokens, weights.positionEmbedding());
      for (int layer = 0; layer < shape.layers(); layer++) {
        state
            .block(layer, pass)
            .forward(blockPass(layer, pass), weights.block(layer, shape), state.output(layer));
      }
      state.finalNorm.forward(
          queryFrom(pass), queryCount(pass), state.output, weights.finalNorm(), state.hidden);
    }
    for (int i = 0; i < slice.hiddenCount(); i++) {
      lines.copy(state.hidden.at(slice.hiddenQuery(i)), row(hiddenOut, slice.hiddenNumber(i)));
    }
  }

  private BlockPass blockPass(int layer, SlicePlan.Pass pass) {
    return new BlockPass(
        state.slice(), pass, state.isCompact(layer), state.keyValues.get(layer), masks);
  }

  /**
   * All passes backward, from the gradients of the hidden states that were handed out.
   *
   * @param tokenGradients overwritten; 0 at latent cells
   */
  void backward(
      long hiddenGradients, TransformerParameters weights, EmbeddedTokens tokenGradients) {
    state.startBackward();
    SlicePlan slice = state.slice();
    for (int i = 0; i < slice.hiddenCount(); i++) {
      lines.copy(
          row(hiddenGradients, slice.hiddenNumber(i)),
          state.hiddenGradient.at(slice.hiddenQuery(i)));
    }
    for (int i = slice.passes().size() - 1; i >= 0; i--) {
      SlicePlan.Pass pass = slice.passes().get(i);
      long from = queryFrom(pass);
      state.finalNorm.backward(
          from,
          queryCount(pass),
          state.output,
          weights.finalNorm(),
          state.hiddenGradient.at(from),
          state.outputGradient.at(from));
      for (int layer = shape.layers() - 1; layer >= 0; layer--) {
        state
            .block(layer, pass)
            .backward(
                blockPass(layer, pass), weights.block(layer, shape), state.outputGradient(layer));
      }
      embedding.backward(pass, tokenGradients);
    }
  }

  /** Copies the first block's input without positions to [rows, columns, d]. */
  void copyInputs(EmbeddedTokens tokens, EmbeddedTokens target) {
    embedding.copyInputs(tokens, target);
  }

  private long queryFrom(SlicePlan.Pass pass) {
    return pass.queryFrom(state.isCompact(shape.layers() - 1));
  }

  private long queryCount(SlicePlan.Pass pass) {
    return pass.queryLines(state.isCompact(shape.layers() - 1));
  }

  private long row(long matrix, long index) {
    return matrix + index * shape.width() * Float.BYTES;
  }

  @Override
  public void close() {
    state.close();
    blocks.close();
  }
}
