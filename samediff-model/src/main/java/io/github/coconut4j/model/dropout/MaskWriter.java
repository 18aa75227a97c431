package io.github.coconut4j.model.dropout;

/**
 * Writes the multipliers of many rows, a fixed number of counters at a time, so that the
 * generator's loops are long enough to be vectorized. Its arrays are used again; one thread's.
 */
public final class MaskWriter {

  /** Floats that the target must have after the last row's end: multipliers come by eights. */
  public static final int SLACK = DropoutMask.BLOCK - 1;

  /** Counters at a time: their words fill less than the first-level cache. */
  private static final int COUNTERS = 512;

  private final long[][] words = new long[Philox.WORDS][COUNTERS];

  /** Where the multipliers of a counter go. */
  private final int[] targets = new int[COUNTERS];

  /** Which of its eight elements are kept. */
  private final long[] kept = new long[COUNTERS];

  private int used;
  private DropoutMask mask;
  private float[] target;
  private float[] table = {};
  private double tableScale;

  /** Begins with a mask's rows. */
  public void start(DropoutMask newMask, float[] newTarget) {
    mask = newMask;
    target = newTarget;
    used = 0;
    if (tableScale != mask.scale()) {
      table = mask.table();
      tableScale = mask.scale();
    }
  }

  /**
   * Writes the multipliers of a row's first elements, at the latest when it {@link #finish}es. Up
   * to {@link #SLACK} floats after them are overwritten, so rows come in ascending order.
   *
   * @param at where in the target
   * @param sequence number in the batch
   * @param head of the query; 0 where there are no heads
   * @param step of the row, counted from the sequence's first real token
   * @param count how many elements
   */
  public void add(int at, int sequence, int head, int step, int count) {
    int blocks = (count + SLACK) / DropoutMask.BLOCK;
    for (int block = 0; block < blocks; block++) {
      if (used == COUNTERS) {
        finish();
      }
      words[0][used] = block;
      words[1][used] = Integer.toUnsignedLong(step);
      words[2][used] = head;
      words[3][used] = Integer.toUnsignedLong(mask.sequence(sequence));
      targets[used++] = at + block * DropoutMask.BLOCK;
    }
  }

  /** Writes what was not written yet. */
  public void finish() {
    Philox.replace(mask.key(), words, used);
    decide(mask.threshold(), words[0], words[1], words[2], words[3], kept, used);
    for (int i = 0; i < used; i++) {
      int at = targets[i];
      int from = (int) kept[i] * DropoutMask.BLOCK;
      for (int j = 0; j < DropoutMask.BLOCK; j++) {
        target[at + j] = table[from + j];
      }
    }
    used = 0;
  }

  /** Bit by bit, from the lower and the upper half of each word. */
  private static void decide(
      long threshold, long[] x0, long[] x1, long[] x2, long[] x3, long[] kept, int count) {
    long least = threshold - 1; // less a kept number it is negative
    for (int i = 0; i < count; i++) {
      kept[i] =
          (least - (x0[i] & 0xFFFF)) >>> 63
              | (least - (x0[i] >>> 16)) >>> 63 << 1
              | (least - (x1[i] & 0xFFFF)) >>> 63 << 2
              | (least - (x1[i] >>> 16)) >>> 63 << 3
              | (least - (x2[i] & 0xFFFF)) >>> 63 << 4
              | (least - (x2[i] >>> 16)) >>> 63 << 5
              | (least - (x3[i] & 0xFFFF)) >>> 63 << 6
              | (least - (x3[i] >>> 16)) >>> 63 << 7;
    }
  }
}
