package io.github.coconut4j.model.internal.kernel;

/**
 * What some cells add to a linear layer's weight gradient: Xᵀ · dY, over {@code lines} lines of
 * each.
 *
 * @param x address of X, with {@code ldx} floats a line
 * @param dy address of dY, with {@code lddy} floats a line
 */
record LinearTerm(long lines, long x, long ldx, long dy, long lddy) {

  /** The same cells and dY from a later column on. */
  LinearTerm fromColumn(long column) {
    return new LinearTerm(lines, x, ldx, dy + column * Float.BYTES, lddy);
  }
}
