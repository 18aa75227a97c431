package io.github.coconut4j.model.dropout;

/**
 * The counter-based generator Philox-4x32-10: a bijection of 128-bit counters, keyed by 64 bits,
 * whose values pass all tests of BigCrush. A round takes the words x and the round's key k to
 *
 * <pre>
 * high(M₁ x₂) ⊕ x₁ ⊕ k₀,   low(M₁ x₂),   high(M₀ x₀) ⊕ x₃ ⊕ k₁,   low(M₀ x₀)
 * </pre>
 *
 * <p>Words are 32 bits in a long each: so the virtual machine vectorizes the loop over blocks.
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
    return new long[] {words[0][0], words[1][0], words[2][0], words[3][0]};
  }

  /**
   * Puts values in the places of their counters.
   *
   * @param words by number of the word and of the counter, each in [0, 2³²)
   * @param count how many counters
   */
  static void replace(long key, long[][] words, int count) {
    long k0 = key & WORD;
    long k1 = key >>> Integer.SIZE;
    for (int round = 0; round < ROUNDS; round++) {
      round(k0, k1, words[0], words[1], words[2], words[3], count);
      k0 = k0 + W0 & WORD;
      k1 = k1 + W1 & WORD;
    }
  }

  private static void round(
      long k0, long k1, long[] x0, long[] x1, long[] x2, long[] x3, int count) {
    for (int i = 0; i < count; i++) {
      long p0 = M0 * x0[i]; // less than 2⁶⁴: its bits are right, though the sign may not be
      long p1 = M1 * x2[i];
      x0[i] = p1 >>> Integer.SIZE ^ x1[i] ^ k0;
      x1[i] = p1 & WORD;
      x2[i] = p0 >>> Integer.SIZE ^ x3[i] ^ k1;
      x3[i] = p0 & WORD;
    }
  }
}
