package io.github.coconut4j.model.dropout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {

  /** The known answers of the authors' library, Random123 ({@code kat_vectors}). */
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000, 00000000 00000000 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff, ffffffff ffffffff ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "a4093822 299f31d0, 243f6a88 85a308d3 13198a2e 03707344, d16cfe09 94fdcceb 5001e420 24126ea1"
  })
  void hasThePublishedValues(String key, String counter, String expected) {
    int[] k = words(key);
    int[] c = words(counter);
    long whole = Integer.toUnsignedLong(k[0]) | ((long) k[1] << 32);

    assertThat(Philox.value(whole, c[0], c[1], c[2], c[3])).containsExactly(unsigned(expected));
    assertThat(ReferenceDropout.philox(k, c)).containsExactly(words(expected));
  }

  private static int[] words(String hexadecimal) {
    return Arrays.stream(unsigned(hexadecimal)).mapToInt(word -> (int) word).toArray();
  }

  private static long[] unsigned(String hexadecimal) {
    return Arrays.stream(hexadecimal.split(" "))
        .mapToLong(word -> Long.parseLong(word, 16))
        .toArray();
  }

  /** Often enough that the loops are compiled. */
  @Test
  void manyCountersHaveTheSameValuesAsEachAlone() {
    Random random = new Random(1);
    for (int repeat = 0; repeat < 300; repeat++) {
      int count = random.nextInt(200);
      long key = random.nextLong();
      int[][] counters = new int[count][];
      long[][] words = new long[Philox.WORDS][200];
      for (int i = 0; i < count; i++) {
        counters[i] = random.ints(Philox.WORDS).toArray();
        for (int word = 0; word < Philox.WORDS; word++) {
          words[word][i] = Integer.toUnsignedLong(counters[i][word]);
        }
      }
      Philox.replace(key, words, count);
      for (int i = 0; i < count; i++) {
        int[] expected =
            ReferenceDropout.philox(new int[] {(int) key, (int) (key >> 32)}, counters[i]);
        for (int word = 0; word < Philox.WORDS; word++) {
          assertThat((int) Philox.valueWord(words, word)[i]).isEqualTo(expected[word]);
        }
      }
    }
  }
}
