package io.github.coconut4j.model.internal.kernel;

/**
 * The latent loop over one slice of rows: every pass through every layer, and back. Runs on one
 * thread.
 */
final class SlicePasses implements AutoCloseable {

  private final TransformerShape shape;
  private final Kernels kernels;
  private final SliceState state;
  private final AttentionBlocks blocks;
  private final CausalAttention attention;
  private final LayerForward forward;
  private final LayerBackward backward;
  private final Rows lines;
  private long masks;

  SlicePasses(TransformerShape shape, Kernels kernels) {
    this.shape = shape;
    this.kernels = kernels;
    state = new SliceState(shape, kernels);
    blocks = new AttentionBlocks(shape.heads());
    attention = new CausalAttention(kernels, shape.width(), shape.heads());
    forward = new LayerForward(shape, kernels, attention);
    backward = new LayerBackward(shape, kernels, attention);
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
      embed(pass, tokens, weights.positionEmbedding());
      for (int layer = 0; layer < shape.layers(); layer++) {
        forward.run(layerPass(layer, pass, weights), state.output(layer));
      }
      long from = queryFrom(pass);
      kernels.layerNorm(
          queryCount(pass),
          shape.width(),
          shape.epsilon(),
          state.output.at(from),
          weights.finalNormScale(),
          weights.finalNormShift(),
          state.hidden.at(from),
          state.mean.at(from),
          state.variance.at(from));
    }
    for (int i = 0; i < slice.hiddenCount(); i++) {
      lines.copy(state.hidden.at(slice.hiddenQuery(i)), row(hiddenOut, slice.hiddenNumber(i)));
    }
  }

  private void embed(SlicePlan.Pass pass, EmbeddedTokens tokens, long positions) {
    SlicePlan slice = state.slice();
    LineBuffer input = state.activations(0, pass).input;
    for (int column = pass.firstColumn(); column < pass.endColumn(); column++) {
      for (int row = 0; row < slice.rows(); row++) {
        long source =
            slice.isLatent(row, column)
                ? state.hidden.at(slice.query(slice.line(row, column - 1)))
                : tokens.at(slice.firstRow() + row, column);
        lines.add(
            source, row(positions, slice.position(row, column)), input.at(slice.line(row, column)));
      }
    }
  }

  private LayerPass layerPass(int layer, SlicePlan.Pass pass, TransformerParameters weights) {
    return new LayerPass(
        state.slice(),
        pass,
        state.isCompact(layer),
        weights.layer(layer),
        state.activations(layer, pass),
        state.keyValues.get(layer),
        masks);
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
          kernels,
          queryCount(pass),
          state.output.at(from),
          state.hiddenGradient.at(from),
          state.mean.at(from),
          state.variance.at(from),
          weights.finalNormScale(),
          state.outputGradient.at(from));
      for (int layer = shape.layers() - 1; layer >= 0; layer--) {
        backward.run(
            layerPass(layer, pass, weights),
            state.outputGradient(layer),
            state.gradients.get(layer),
            state.norms.get(layer));
      }
      embedBackward(pass, tokenGradients);
    }
  }

  /** A latent's input gradient flows into the hidden state that it was. */
  private void embedBackward(SlicePlan.Pass pass, EmbeddedTokens tokenGradients) {
    SlicePlan slice = state.slice();
    LineBuffer inputGradient = state.gradients.get(0).input();
    for (int column = pass.firstColumn(); column < pass.endColumn(); column++) {
      for (int row = 0; row < slice.rows(); row++) {
        long gradient = inputGradient.at(slice.line(row, column));
        long token = tokenGradients.at(slice.firstRow() + row, column);
        if (slice.isLatent(row, column)) {
          long source = state.hiddenGradient.at(slice.query(slice.line(row, column - 1)));
          lines.add(source, gradient, source);
          lines.clear(token);
        } else {
          lines.copy(gradient, token);
        }
      }
    }
  }

  /** Copies the layers' first input without positions, latents filled in, to [rows, columns, d]. */
  void copyInputs(EmbeddedTokens tokens, EmbeddedTokens target) {
    SlicePlan slice = state.slice();
    for (int row = 0; row < slice.rows(); row++) {
      for (int column = 0; column < slice.columns(); column++) {
        long source =
            slice.isLatent(row, column)
                ? state.hidden.at(slice.query(slice.line(row, column - 1)))
                : tokens.at(slice.firstRow() + row, column);
        lines.copy(source, target.at(slice.firstRow() + row, column));
      }
    }
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
    attention.close();
    backward.close();
  }
}
