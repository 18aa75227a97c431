package io.github.coconut4j.model.dropout;

/**
 * The counter-based generator Philox-4x32-10: a bijection of 128-bit counters, keyed by 64 bits,
 * whose values pass all tests of BigCrush. A round takes the words x and the round's key k to
 *
 * <pre>
 * high(M₁ x₂) ⊕ x₁ ⊕ k₀,   low(M₁ x₂),   high(M₀ x₀) ⊕ x₃ ⊕ k₁,   low(M₀ x₀)
 * </pre>
 *
 * <p>Words are 32 bits in a long each, and many counters are taken through half a round at a time:
 * loops so small are vectorized by the virtual machine, which makes them several times as fast.
 * What is kept between rounds are the products of this round and the round before: the words of a
 * round are the high half of one and the low half of another, so that each half of a round writes
 * one array alone.
 *
 * @see <a href="https://doi.org/10.1145/2063384.2063405">Salmon et al. 2011, section 4.3</a>
 */
final class Philox {

  private static final int ROUNDS = 10;
  private static final long M0 = 0xD2511F53L;
  private static final long M1 = 0xCD9E8D57L;

  /** What the words of the key grow by from round to round: a Weyl sequence. */
  private static final long W0 = 0x9E3779B9L;

  private static final long W1 = 0xBB67AE85L;
  private static final long WORD = 0xFFFFFFFFL;

  /** Words of a counter, and of its value. */
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
   * Takes counters to their values.
   *
   * @param words by number of the word and of the counter, each in [0, 2³²); of the values {@link
   *     #valueWord} says where a word is
   * @param count how many counters
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

  /** The word of a value, among words that {@link #replace} has gone through. */
  static long[] valueWord(long[][] words, int index) {
    return word(words, ROUNDS + index);
  }

  private static void multiply(long m, long[] x, int count) {
    for (int i = 0; i < count; i++) {
      x[i] *= m; // less than 2⁶⁴: all its bits are right
    }
  }

  /**
   * The product of a word of the next round, in the place of the product before last.
   *
   * @param product of the other multiplier in this round
   * @param other of this multiplier in the round before, whose low half is a word of this one
   */
  private static void nextProduct(long m, long k, long[] product, long[] other, int count) {
    for (int i = 0; i < count; i++) {
      other[i] = m * ((product[i] >>> Integer.SIZE) ^ (other[i] & WORD) ^ k);
    }
  }

  /** The words that a last product makes: other = high(product) ⊕ low(other) ⊕ k, low(product). */
  private static void finish(long k, long[] product, long[] other, int count) {
    for (int i = 0; i < count; i++) {
      other[i] = (product[i] >>> Integer.SIZE) ^ (other[i] & WORD) ^ k;
      product[i] &= WORD;
    }
  }
}
