package io.github.coconut4j.model.dropout;

import java.util.Arrays;

/**
 * The decisions of rows in the order in which a {@link MaskWriter} drew them, a bit each: a
 * backward pass takes them again, which is several times as fast as drawing them.
 */
public final class MaskRecord {

  /** Each the set of eight elements that are kept. */
  private byte[] sets = {};

  private int size;
  private int next;

  /** Forgets what was recorded, and keeps the room. */
  public void clear() {
    size = 0;
    next = 0;
  }

  /** Lets the rows be taken again from the first on. */
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
