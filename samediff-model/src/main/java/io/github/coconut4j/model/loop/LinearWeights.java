package io.github.coconut4j.model.loop;

/**
 * Where a linear layer's weight and bias, or their gradients, lie in a device's memory.
 *
 * @param weight W [in, out], or its transpose where {@code outIn}
 * @param bias [1, out], or null where the layer has none
 * @param outIn whether the weight lies as [out, in], as PyTorch's {@code Linear} has it
 */
public record LinearWeights(Matrix weight, Matrix bias, boolean outIn) {

  /** Number of outputs. */
  public long outputs() {
    return outIn ? weight.rows() : weight.columns();
  }

  /** The outputs [from, from + count) alone. */
  public LinearWeights outputs(long from, long count) {
    return new LinearWeights(
        outIn ? weight.rows(from, count) : weight.columns(from, count),
        bias == null ? null : bias.columns(from, count),
        outIn);
  }
}
