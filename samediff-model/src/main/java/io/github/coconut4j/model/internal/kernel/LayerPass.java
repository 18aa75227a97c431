package io.github.coconut4j.model.internal.kernel;

/**
 * What one layer reads and writes on one pass, forward and backward.
 *
 * @param compact whether the layer computes its queries, and all that follows them, at the needed
 *     cells only
 * @param masks the address of the attention blocks' masks
 */
record LayerPass(
    SlicePlan slice,
    SlicePlan.Pass columns,
    boolean compact,
    TransformerParameters.Layer weights,
    LayerActivations activations,
    KeyValues cache,
    long masks) {

  /** The pass's first cell. */
  long from() {
    return columns.from();
  }

  long lines() {
    return columns.lines();
  }

  /** The first line of the layer's query side. */
  long queryFrom() {
    return columns.queryFrom(compact);
  }

  long queryLines() {
    return columns.queryLines(compact);
  }
}
