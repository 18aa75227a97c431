package io.github.coconut4j.model.loop;

/**
 * A linear layer's weight, bias and low-rank adapter, or their gradients, in a device's memory.
 *
 * @param weight W [in, out], or its transpose if {@code outIn}; among gradients null if it is not
 *     trained
 * @param bias [1, out], or null if the layer has none; among gradients also null if it is not
 *     trained
 * @param outIn whether the weight is stored as [out, in], as in PyTorch's {@code Linear}
 * @param adapter null if the layer has none; a device's {@link Linear} ignores it
 */
public record LinearWeights(Matrix weight, Matrix bias, boolean outIn, LowRank adapter) {

  /** The weights of a layer without an adapter. */
  public LinearWeights(Matrix weight, Matrix bias, boolean outIn) {
    this(weight, bias, outIn, null);
  }

  /** Only the transposed weight: that of a layer from this one's outputs to its inputs. */
  public LinearWeights transposed() {
    return new LinearWeights(weight, null, !outIn);
  }

  /** Only the outputs [from, from + count). */
  public LinearWeights outputs(long from, long count) {
    return new LinearWeights(
        weight == null ? null : weightOf(from, count),
        bias == null ? null : bias.columns(from, count),
        outIn,
        adapter == null ? null : adapter.outputs(from, count));
  }

  private Matrix weightOf(long from, long count) {
    return outIn ? weight.rows(from, count) : weight.columns(from, count);
  }
}
