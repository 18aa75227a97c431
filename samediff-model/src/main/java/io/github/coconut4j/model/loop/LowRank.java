package io.github.coconut4j.model.loop;

/**
 * Where a linear layer's low-rank adapter, or its gradients, lie in a device's memory.
 *
 * @param a A [rank, in]; of gradients null where it is not trained
 * @param b B [out, rank]; of gradients null where it is not trained
 * @param scale s, what the adapter's part is multiplied by
 */
public record LowRank(Matrix a, Matrix b, float scale) {

  /** The outputs [from, from + count) alone. */
  LowRank outputs(long from, long count) {
    return new LowRank(a, b == null ? null : b.rows(from, count), scale);
  }
}
