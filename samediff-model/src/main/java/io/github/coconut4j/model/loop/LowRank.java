package io.github.coconut4j.model.loop;

/**
 * A linear layer's low-rank adapter, or its gradients, in a device's memory.
 *
 * @param a A [rank, in]; among gradients null if it is not trained
 * @param b B [out, rank]; among gradients null if it is not trained
 * @param scale s, the factor of the adapter's output
 */
public record LowRank(Matrix a, Matrix b, float scale) {

  /** Only the outputs [from, from + count). */
  LowRank outputs(long from, long count) {
    return new LowRank(a, b == null ? null : b.rows(from, count), scale);
  }
}
