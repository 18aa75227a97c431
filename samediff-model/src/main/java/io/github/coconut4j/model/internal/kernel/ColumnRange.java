package io.github.coconut4j.model.internal.kernel;

/** Columns {@code from} (inclusive) to {@code to} (exclusive). */
record ColumnRange(int from, int to) {

  int size() {
    return to - from;
  }
}
