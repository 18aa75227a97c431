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
  final List<LayerActivations> activations = new ArrayList<>();

  /** What all layers share, one pass at a time, where no way back follows. */
  private final LayerActivations passing;

  final List<LayerGradients> gradients = new ArrayList<>();
  final List<LayerBackward.NormGradients> norms = new ArrayList<>();
  final NormGradient finalNorm;
  final LineBuffer output;
  final LineBuffer mean = new LineBuffer(1);
  final LineBuffer variance = new LineBuffer(1);
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
    finalNorm = new NormGradient(width, shape.epsilon());
    passing = LayerActivations.passing(shape);
    for (int i = 0; i < shape.layers(); i++) {
      keyValues.add(new KeyValues(shape, kernels));
      activations.add(LayerActivations.kept(shape));
      gradients.add(LayerGradients.inPlaceOf(activations.get(i)));
      norms.add(
          new LayerBackward.NormGradients(
              new NormGradient(width, shape.epsilon()), new NormGradient(width, shape.epsilon())));
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
      activations.get(layer).reserve(cells, queries(layer), needed);
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
    mean.reserve(queries);
    variance.reserve(queries);
    hidden.reserve(queries);
  }

  void startBackward() {
    if (!kept) {
      throw new IllegalStateException(
          "The way back needs a forward call that kept its activations; none came before");
    }
    for (int layer = 0; layer < shape.layers(); layer++) {
      keyValues.get(layer).startGradients();
      norms.get(layer).norm1().start();
      norms.get(layer).norm2().start();
    }
    long queries = queries(shape.layers() - 1);
    finalNorm.start();
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

  /** A layer's activations: its own, or the shared ones moved to the pass. */
  LayerActivations activations(int layer, SlicePlan.Pass pass) {
    if (kept) {
      return activations.get(layer);
    }
    passing.startAt(pass.from(), pass.queryFrom(isCompact(layer)), pass.neededFrom());
    return passing;
  }

  /** Where a layer's output goes: the next layer's input, or the last layer's output. */
  LineBuffer output(int layer) {
    if (layer == shape.layers() - 1) {
      return output;
    }
    // The shared activations must not move to the next layer's lines before this layer is through.
    return kept ? activations.get(layer + 1).input : passing.input;
  }

  /** The gradient of a layer's output is the next layer's input gradient. */
  LineBuffer outputGradient(int layer) {
    return layer == shape.layers() - 1 ? outputGradient : gradients.get(layer + 1).input();
  }

  @Override
  public void close() {
    keyValues.forEach(KeyValues::close);
    activations.forEach(LayerActivations::close);
    passing.close();
    norms.forEach(
        pair -> {
          pair.norm1().close();
          pair.norm2().close();
        });
    finalNorm.close();
    for (LineBuffer buffer :
        List.of(output, mean, variance, hidden, hiddenGradient, outputGradient)) {
      buffer.close();
    }
  }
}
