package io.github.coconut4j.model.dropout;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Writes the decisions for many rows, one byte each: 1 for kept elements, 0 for dropped ones. It
 * processes a fixed number of counters at a time, so that the generator's loops are long enough to
 * be vectorized. Arrays are reused; for one thread.
 */
public final class MaskWriter {

  /**
   * Bytes that the target needs after the last row's end, since decisions are written in groups of
   * eight.
   */
  public static final int SLACK = DropoutMask.BLOCK - 1;

  /** Number of counters at a time; their words fit into the first-level cache. */
  private static final int COUNTERS = 512;

  /** Position of a long's sign bit. */
  private static final int SIGN = Long.SIZE - 1;

  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /**
   * The bytes for each possible set of kept elements among eight; the first element is the lowest
   * byte.
   */
  private static final long[] BYTES = bytesOfSets();

  private final long[][] words = new long[Philox.WORDS][COUNTERS];

  /** Offset in the target for each counter's decisions. */
  private final int[] targets = new int[COUNTERS];

  /** The kept elements of each counter's eight, in the lowest bits. */
  private final long[] kept = new long[COUNTERS];

  private int used;
  private DropoutMask mask;
  private MaskRecord record;
  private boolean again;
  private byte[] target;

  private static long[] bytesOfSets() {
    long[] bytes = new long[1 << DropoutMask.BLOCK];
    for (int set = 0; set < bytes.length; set++) {
      for (int i = 0; i < DropoutMask.BLOCK; i++) {
        bytes[set] |= (long) ((set >>> i) & 1) << (i * Byte.SIZE);
      }
    }
    return bytes;
  }

  /**
   * Begins with a mask's rows.
   *
   * @param newRecord record to which the decisions are appended
   */
  public void start(DropoutMask newMask, MaskRecord newRecord, byte[] newTarget) {
    start(newMask, newRecord, false, newTarget);
  }

  /** Begins with the rows of a record; they must be added in the same order as when it was made. */
  public void startAgain(DropoutMask newMask, MaskRecord known, byte[] newTarget) {
    start(newMask, known, true, newTarget);
  }

  private void start(DropoutMask newMask, MaskRecord newRecord, boolean isKnown, byte[] newTarget) {
    mask = newMask;
    record = newRecord;
    again = isKnown;
    target = newTarget;
    used = 0;
  }

  /**
   * Writes the decisions for a row's first elements, at the latest in {@link #finish}. Up to {@link
   * #SLACK} bytes after them are overwritten, so rows come in ascending order.
   *
   * @param at offset in the target
   * @param sequence index in the batch
   * @param head head of the query; 0 if there are no heads
   * @param step of the row, counted from the sequence's first real token
   * @param count number of elements
   */
  public void add(int at, int sequence, int head, int step, int count) {
    int blocks = (count + SLACK) / DropoutMask.BLOCK;
    if (again) {
      repeat(at, blocks);
    } else {
      draw(at, mask.sequence(sequence), head, step, blocks);
    }
  }

  private void repeat(int at, int blocks) {
    for (int block = 0; block < blocks; block++) {
      write(record.next(), at + block * DropoutMask.BLOCK);
    }
  }

  private void draw(int at, int sequence, int head, int step, int blocks) {
    for (int done = 0; done < blocks; ) {
      int fitting = Math.min(blocks - done, COUNTERS - used);
      addCounters(at, sequence, head, step, done, fitting);
      done += fitting;
      if (used == COUNTERS) {
        finish();
      }
    }
  }

  private void addCounters(int at, int sequence, int head, int step, int first, int count) {
    int from = used;
    long[] blocks = words[0];
    long[] steps = words[1];
    long[] heads = words[2];
    long[] sequences = words[3];
    for (int i = 0; i < count; i++) {
      blocks[from + i] = (long) first + i;
      steps[from + i] = Integer.toUnsignedLong(step);
      heads[from + i] = head;
      sequences[from + i] = sequence;
      targets[from + i] = at + (first + i) * DropoutMask.BLOCK;
    }
    used = from + count;
  }

  /** Writes all pending decisions. */
  public void finish() {
    Philox.replace(mask.key(), words, used);
    for (int word = Philox.WORDS - 1; word >= 0; word--) {
      decide(mask.threshold() - 1, Philox.valueWord(words, word), kept, used);
    }
    record.append(kept, used);
    for (int i = 0; i < used; i++) {
      write((int) kept[i] & 0xFF, targets[i]);
    }
    used = 0;
  }

  /** Writes the decisions of a counter. */
  private void write(int set, int at) {
    EIGHT_BYTES.set(target, at, BYTES[set]);
  }

  /** Inserts the decisions of a word's two halves before those of the words after it. */
  private static void decide(long largestDropped, long[] x, long[] kept, int count) {
    for (int i = 0; i < count; i++) {
      long low = (largestDropped - (x[i] & 0xFFFF)) >>> SIGN; // 1 if negative
      long high = (largestDropped - (x[i] >>> 16)) >>> SIGN;
      kept[i] = (kept[i] << 2) | (high << 1) | low;
    }
  }
}
