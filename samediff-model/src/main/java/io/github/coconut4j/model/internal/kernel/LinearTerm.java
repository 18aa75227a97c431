package io.github.coconut4j.model.internal.kernel;

/**
 * What some cells add to a linear layer's weight gradient: Xᵀ · dY, of which both have a line a
 * cell.
 */
record LinearTerm(Matrix x, Matrix dy) {

  long lines() {
    return x.lines();
  }

  /** The same cells and the columns [from, from + count) of dY. */
  LinearTerm columns(long from, long count) {
    return new LinearTerm(x, dy.columns(from, count));
  }
}
