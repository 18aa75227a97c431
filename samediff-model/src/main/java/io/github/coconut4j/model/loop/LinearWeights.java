package io.github.coconut4j.model.loop;

/**
 * Where a linear layer's weight, bias and low-rank adapter, or their gradients, lie in a device's
 * memory.
 *
 * @param weight W [in, out], or its transpose where {@code outIn}; of gradients null where it is
 *     not trained
 * @param bias [1, out], or null where the layer has none; of gradients also where it is not trained
 * @param outIn whether the weight lies as [out, in], as PyTorch's {@code Linear} has it
 * @param adapter null where the layer has none; a device's {@link Linear} does not look at it
 */
public record LinearWeights(Matrix weight, Matrix bias, boolean outIn, LowRank adapter) {

  /** Of a layer without an adapter. */
  public LinearWeights(Matrix weight, Matrix bias, boolean outIn) {
    this(weight, bias, outIn, null);
  }

  /** The transposed weight alone: of a layer from this one's outputs to its inputs. */
  public LinearWeights transposed() {
    return new LinearWeights(weight, null, !outIn);
  }

  /** The outputs [from, from + count) alone. */
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
