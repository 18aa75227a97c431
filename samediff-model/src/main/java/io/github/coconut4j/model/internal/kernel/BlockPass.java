package io.github.coconut4j.model.internal.kernel;

/**
 * Which positions a block computes on one pass, and the keys and values that they see.
 *
 * @param compact whether the block computes its queries, and all that follows them, at the queried
 *     positions only
 * @param keyValues of the block, of all columns so far
 * @param masks the address of the attention blocks' masks
 */
record BlockPass(
    SlicePlan slice, SlicePlan.Pass columns, boolean compact, KeyValues keyValues, long masks) {

  /** The first row of the pass's positions. */
  long from() {
    return columns.from();
  }

  long lines() {
    return columns.lines();
  }

  /** The first row of the queries. */
  long queryFrom() {
    return columns.queryFrom(compact);
  }

  long queryLines() {
    return columns.queryLines(compact);
  }

  /** Copies rows of the queried positions, one after another. */
  void copyQueried(Rows rows, LineBuffer source, LineBuffer target) {
    for (int i = columns.neededFrom(); i < columns.neededTo(); i++) {
      rows.copy(source.at(slice.neededLine(i)), target.at(i));
    }
  }

  /**
   * Adds rows of the queried positions to those of the pass.
   *
   * @param source whose row {@code sourceFrom} is that of the first queried position
   * @param target whose row {@code targetFrom} is that of the pass's first position
   */
  void addQueried(
      Rows rows, LineBuffer source, long sourceFrom, LineBuffer target, long targetFrom) {
    for (int i = 0; i < columns.needed(); i++) {
      long line = slice.neededLine(columns.neededFrom() + i) - from() + targetFrom;
      rows.add(target.at(line), source.at(sourceFrom + i), target.at(line));
    }
  }
}
