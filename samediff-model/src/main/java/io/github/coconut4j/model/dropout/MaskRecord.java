package io.github.coconut4j.model.dropout;

import java.util.Arrays;

/**
 * The decisions for rows, one bit each, in the order in which a {@link MaskWriter} generated them.
 * A backward pass reads them, which is several times as fast as generating them again.
 */
public final class MaskRecord {

  /** Each byte is the set of kept elements among eight. */
  private byte[] sets = {};

  private int size;
  private int next;

  /** Clears the record, and keeps its memory. */
  public void clear() {
    size = 0;
    next = 0;
  }

  /** Restarts reading at the first row. */
  public void rewind() {
    next = 0;
  }

  void append(long[] kept, int count) {
    if (size + count > sets.length) {
      sets = Arrays.copyOf(sets, Math.max(size + count, 2 * sets.length));
    }
    for (int i = 0; i < count; i++) {
      sets[size + i] = (byte) kept[i];
    }
    size += count;
  }

  /** The next set, its elements in the lowest bits. */
  int next() {
    return sets[next++] & 0xFF;
  }
}
