package io.github.coconut4j.model.internal.kernel;

/**
 * A worker's share [from, to) of a range of lines or columns.
 *
 * @param from first index, a multiple of the step it was cut with
 * @param to end, exclusive
 */
record Share(long from, long to) {

  static Share of(long total, int part, int parts, long step) {
    return new Share(bound(total, part, parts, step), bound(total, part + 1, parts, step));
  }

  private static long bound(long total, int part, int parts, long step) {
    return part == parts ? total : total * part / parts / step * step;
  }

  long size() {
    return to - from;
  }
}
