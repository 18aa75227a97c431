package io.github.coconut4j.model.dropout;

/**
 * The mask of one site in one layer, for the sequences of a batch:
 *
 * <pre>
 * y = m ⊙ x,   m = 0 with probability p, else 1 / (1 - p)
 * </pre>
 *
 * <p>p is the rate rounded to a multiple of 2⁻¹⁶ below 1, so that values keep their mean exactly.
 * Element e of a row is decided by number e mod 8 of the eight 16-bit numbers that {@link Philox}
 * gives for the counter (e / 8, step, head, sequence). It is dropped if that number is less than
 * 2¹⁶ p. Steps count from a sequence's first real token, sequences from the update's first. A row's
 * elements are the features of a position, or for attention the keys by their steps.
 */
public final class DropoutMask {

  /** Number of decisions per counter. */
  public static final int BLOCK = 8;

  private static final int DECISION_BITS = 16;
  private static final int DECISIONS = 1 << DECISION_BITS;

  private final long threshold;
  private final long key;
  private final int firstSequence;

  DropoutMask(double rate, long key, int firstSequence) {
    threshold = Math.min(Math.round(rate * DECISIONS), DECISIONS - 1L);
    this.key = key;
    this.firstSequence = firstSequence;
  }

  /** Factor of the kept values: 1 / (1 - p). */
  public double scale() {
    return (double) DECISIONS / (DECISIONS - threshold);
  }

  /**
   * The multipliers of a row's first elements, one by one. {@link MaskWriter} generates the same
   * decisions for many rows at once.
   *
   * @param sequence index in the batch
   * @param head head of the query; 0 if there are no heads
   * @param step of the row, counted from the sequence's first real token
   * @param count number of elements
   */
  public double[] multipliers(int sequence, int head, int step, int count) {
    double[] multipliers = new double[count];
    long[] words = {};
    for (int element = 0; element < count; element++) {
      int decision = element % BLOCK;
      if (decision == 0) {
        words = Philox.value(key, element / BLOCK, step, head, sequence(sequence));
      }
      long number = (words[decision / 2] >>> (decision % 2 * DECISION_BITS)) & 0xFFFF;
      multipliers[element] = number < threshold() ? 0 : scale();
    }
    return multipliers;
  }

  /** Key of the generator: its low word is the first. */
  public long key() {
    return key;
  }

  /**
   * The sequence's index within the update.
   *
   * @param number index of the sequence in the batch
   */
  public int sequence(int number) {
    return firstSequence + number;
  }

  /** Random numbers below it, 2¹⁶ p, drop an element. */
  public long threshold() {
    return threshold;
  }
}
