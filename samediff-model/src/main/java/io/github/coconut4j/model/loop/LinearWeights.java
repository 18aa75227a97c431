package io.github.coconut4j.model.loop;

/**
 * Where a linear layer's weight and bias, or their gradients, lie in a device's memory.
 *
 * @param weight W [in, out], or its transpose where {@code outIn}; of gradients null where it is
 *     not trained
 * @param bias [1, out], or null where the layer has none; of gradients also where it is not trained
 * @param outIn whether the weight lies as [out, in], as PyTorch's {@code Linear} has it
 */
public record LinearWeights(Matrix weight, Matrix bias, boolean outIn) {

  /** The outputs [from, from + count) alone. */
  public LinearWeights outputs(long from, long count) {
    return new LinearWeights(
        weight == null ? null : weightOf(from, count),
        bias == null ? null : bias.columns(from, count),
        outIn);
  }

  private Matrix weightOf(long from, long count) {
    return outIn ? weight.rows(from, count) : weight.columns(from, count);
  }
}
