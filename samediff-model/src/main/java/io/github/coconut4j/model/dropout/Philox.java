package io.github.coconut4j.model.dropout;

/**
 * The counter-based generator Philox-4x32-10: a bijection of 128-bit counters, keyed by 64 bits,
 * whose values pass all tests of BigCrush. A round takes the words x and the round's key k to
 *
 * <pre>
 * high(M₁ x₂) ⊕ x₁ ⊕ k₀,   low(M₁ x₂),   high(M₀ x₀) ⊕ x₃ ⊕ k₁,   low(M₀ x₀)
 * </pre>
 *
 * <p>Each word of 32 bits is in a long, and many counters go through half a round at a time: such
 * small loops are vectorized by the virtual machine, which makes them several times as fast.
 * Between rounds the products of this and the previous round are stored: the words of a round are
 * the high half of one and the low half of another, so that each half of a round writes only one
 * array.
 *
 * @see <a href="https://doi.org/10.1145/2063384.2063405">Salmon et al. 2011, section 4.3</a>
 */
final class Philox {

  private static final int ROUNDS = 10;
  private static final long M0 = 0xD2511F53L;
  private static final long M1 = 0xCD9E8D57L;

  /** Increments of the key's words per round: a Weyl sequence. */
  private static final long W0 = 0x9E3779B9L;

  private static final long W1 = 0xBB67AE85L;
  private static final long WORD = 0xFFFFFFFFL;

  /** Number of words of a counter, and of its value. */
  static final int WORDS = 4;

  private Philox() {}

  /** The value of one counter: four words, each in [0, 2³²). */
  static long[] value(long key, int c0, int c1, int c2, int c3) {
    long[][] words = {{c0 & WORD}, {c1 & WORD}, {c2 & WORD}, {c3 & WORD}};
    replace(key, words, 1);
    long[] value = new long[WORDS];
    for (int word = 0; word < WORDS; word++) {
      value[word] = valueWord(words, word)[0];
    }
    return value;
  }

  /**
   * Replaces counters by their values.
   *
   * @param words by index of the word and of the counter, each in [0, 2³²); {@link #valueWord}
   *     finds the words of the values
   * @param count number of counters
   */
  static void replace(long key, long[][] words, int count) {
    long k0 = key & WORD;
    long k1 = key >>> Integer.SIZE;
    multiply(M1, word(words, 2), count);
    multiply(M0, word(words, 0), count);
    int moved = 0;
    for (; moved < ROUNDS - 1; moved++) {
      nextProduct(M0, k0, word(words, moved + 2), word(words, moved + 1), count);
      nextProduct(M1, k1, word(words, moved), word(words, moved + 3), count);
      k0 = (k0 + W0) & WORD;
      k1 = (k1 + W1) & WORD;
    }
    finish(k0, word(words, moved + 2), word(words, moved + 1), count);
    finish(k1, word(words, moved), word(words, moved + 3), count);
  }

  private static long[] word(long[][] words, int index) {
    return words[index % WORDS];
  }

  /** A word of the values, among words after {@link #replace}. */
  static long[] valueWord(long[][] words, int index) {
    return word(words, ROUNDS + index);
  }

  private static void multiply(long m, long[] x, int count) {
    for (int i = 0; i < count; i++) {
      x[i] *= m; // less than 2⁶⁴, so all bits are exact
    }
  }

  /**
   * Computes the product of a word of the next round; it overwrites the product before last.
   *
   * @param product product of the other multiplier in this round
   * @param other product of this multiplier in the previous round; its low half is a word of this
   *     round
   */
  private static void nextProduct(long m, long k, long[] product, long[] other, int count) {
    for (int i = 0; i < count; i++) {
      other[i] = m * ((product[i] >>> Integer.SIZE) ^ (other[i] & WORD) ^ k);
    }
  }

  /** The words from the last product: other = high(product) ⊕ low(other) ⊕ k, low(product). */
  private static void finish(long k, long[] product, long[] other, int count) {
    for (int i = 0; i < count; i++) {
      other[i] = (product[i] >>> Integer.SIZE) ^ (other[i] & WORD) ^ k;
      product[i] &= WORD;
    }
  }
}
