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
 * loops so small are vectorized by the virtual machine, which makes them six times as fast.
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
    for (int round = 0; round < ROUNDS; round++) {
      // A round leaves each word in the place after its own.
      half(M1, k0, word(words, round + 2), word(words, round + 1), count);
      half(M0, k1, word(words, round), word(words, round + 3), count);
      k0 = (k0 + W0) & WORD;
      k1 = (k1 + W1) & WORD;
    }
  }

  private static long[] word(long[][] words, int index) {
    return words[index % WORDS];
  }

  /** The word of a value, among words that {@link #replace} has gone through. */
  static long[] valueWord(long[][] words, int index) {
    return word(words, ROUNDS + index);
  }

  /** other = high(m x) ⊕ other ⊕ k, x = low(m x). */
  private static void half(long m, long k, long[] x, long[] other, int count) {
    for (int i = 0; i < count; i++) {
      long product = m * x[i]; // less than 2⁶⁴: all its bits are right
      other[i] = other[i] ^ (product >>> Integer.SIZE) ^ k;
      x[i] = product & WORD;
    }
  }
}
