package io.github.coconut4j.model.loop;

/**
 * One thread's range [from, to) of rows or columns that are divided among threads.
 *
 * @param from first index, a multiple of the step used for dividing
 * @param to end, exclusive
 */
public record Range(long from, long to) {

  /** The range of thread {@code index} of {@code count}. */
  public static Range of(long total, int index, int count, long step) {
    return new Range(bound(total, index, count, step), bound(total, index + 1, count, step));
  }

  private static long bound(long total, int index, int count, long step) {
    return index == count ? total : total * index / count / step * step;
  }

  /** Number of indices. */
  public long size() {
    return to - from;
  }
}
