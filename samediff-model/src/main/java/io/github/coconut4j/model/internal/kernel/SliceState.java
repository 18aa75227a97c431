package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * The native buffers of one slice of rows: what its forward passes leave for the way back and for
 * the weight gradients. Reused from batch to batch.
 */
final class SliceState implements AutoCloseable {

  final TransformerShape shape;
  final List<KeyValues> keyValues = new ArrayList<>();

  /** Each with its own activations, for the backward pass. */
  final List<TransformerBlock> blocks = new ArrayList<>();

  /** What stands for all blocks, one pass at a time, where no backward pass follows. */
  private final TransformerBlock passing;

  private final CausalAttention scores;
  private final TransformerBlock.Workspace workspace;
  final Norm finalNorm;
  final LineBuffer output;
  final LineBuffer hidden;
  final LineBuffer hiddenGradient;
  final LineBuffer outputGradient;

  private SlicePlan slice;
  private boolean kept;

  SliceState(TransformerShape shape, Kernels kernels) {
    this.shape = shape;
    int width = shape.width();
    output = new LineBuffer(width);
    hidden = new LineBuffer(width);
    hiddenGradient = new LineBuffer(width);
    outputGradient = new LineBuffer(width);
    finalNorm = new Norm(shape, kernels);
    scores = new CausalAttention(kernels, width, shape.heads());
    workspace = TransformerBlock.Workspace.of(shape);
    passing = new TransformerBlock(shape, kernels, scores, workspace, false);
    for (int i = 0; i < shape.layers(); i++) {
      keyValues.add(new KeyValues(shape, kernels));
      blocks.add(new TransformerBlock(shape, kernels, scores, workspace, true));
    }
  }

  /** Makes room for a batch whose way back follows: every layer keeps its activations. */
  void startKept(SlicePlan plan) {
    slice = plan;
    kept = true;
    long cells = cells();
    for (int layer = 0; layer < shape.layers(); layer++) {
      keyValues.get(layer).start(plan.rows(), plan.columns(), true);
      long needed = isCompact(layer) ? plan.neededCount() : 0;
      blocks.get(layer).reserve(cells, queries(layer), needed);
    }
    startHidden(queries(shape.layers() - 1));
  }

  /**
   * Makes room for a batch without a way back: the layers share one pass's activations and keep
   * only keys and values.
   *
   * @param capacity columns that keys and values must have room for
   */
  void startForwardOnly(SlicePlan plan, int capacity) {
    slice = plan;
    kept = false;
    for (int layer = 0; layer < shape.layers(); layer++) {
      keyValues.get(layer).start(plan.rows(), capacity, false);
    }
    reservePass();
    startHidden(queries(shape.layers() - 1));
  }

  /** Goes on with the next columns of the same rows after {@link #startForwardOnly}. */
  void continueWith(SlicePlan plan) {
    slice = plan;
    reservePass();
    startHidden(queries(shape.layers() - 1));
  }

  /**
   * Keeps the keys and values of some rows, of all columns so far.
   *
   * @param kept rows of this slice, ascending
   */
  void retainRows(int[] kept) {
    keyValues.forEach(cache -> cache.retainRows(kept));
  }

  private void reservePass() {
    long lines = 0;
    long needed = 0;
    for (SlicePlan.Pass pass : slice.passes()) {
      lines = Math.max(lines, pass.lines());
      needed = Math.max(needed, pass.needed());
    }
    passing.reserve(lines, lines, needed);
  }

  private void startHidden(long queries) {
    output.reserve(queries);
    finalNorm.reserve(queries);
    hidden.reserve(queries);
  }

  void startBackward() {
    if (!kept) {
      throw new IllegalStateException(
          "The way back needs a forward call that kept its activations; none came before");
    }
    for (int layer = 0; layer < shape.layers(); layer++) {
      keyValues.get(layer).startGradients();
      blocks.get(layer).startGradients();
    }
    long queries = queries(shape.layers() - 1);
    finalNorm.startGradients();
    hiddenGradient.reserve(queries);
    hiddenGradient.clear(0, queries);
    outputGradient.reserve(queries);
  }

  SlicePlan slice() {
    return slice;
  }

  long cells() {
    return (long) slice.columns() * slice.rows();
  }

  /** Lines of a layer's query side. */
  long queries(int layer) {
    return isCompact(layer) ? slice.neededCount() : cells();
  }

  boolean isCompact(int layer) {
    return layer == shape.layers() - 1 && !slice.batch().everyCell();
  }

  /** The block of a layer, or what stands for it on the pass. */
  TransformerBlock block(int layer, SlicePlan.Pass pass) {
    if (kept) {
      return blocks.get(layer);
    }
    passing.startAt(pass.from(), pass.queryFrom(isCompact(layer)));
    return passing;
  }

  /** Where a block's output goes: the next block's input, or the last block's output. */
  LineBuffer output(int layer) {
    if (layer == shape.layers() - 1) {
      return output;
    }
    // What stands for all blocks must not move to the next one's rows before this one is through.
    return kept ? blocks.get(layer + 1).input() : passing.input();
  }

  /** The gradient of a block's output is the next block's input gradient. */
  LineBuffer outputGradient(int layer) {
    return layer == shape.layers() - 1 ? outputGradient : blocks.get(layer + 1).input();
  }

  @Override
  public void close() {
    keyValues.forEach(KeyValues::close);
    blocks.forEach(TransformerBlock::close);
    passing.close();
    workspace.close();
    scores.close();
    finalNorm.close();
    List.of(output, hidden, hiddenGradient, outputGradient).forEach(LineBuffer::close);
  }
}
