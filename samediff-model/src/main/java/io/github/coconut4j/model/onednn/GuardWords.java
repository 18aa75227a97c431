package io.github.coconut4j.model.onednn;

import java.util.Locale;
import org.bytedeco.javacpp.Pointer;

/**
 * Words before and after each buffer that must not be written. A kernel that writes outside its
 * buffer is detected when the buffer is freed, and not by wrong results elsewhere. New memory is
 * also filled with NaN, so that a value that is read before it is written shows in the results.
 *
 * <p>Enabled by {@code -Dcoconut4j.guardWords=true}, as in this module's tests.
 */
final class GuardWords {

  static final boolean ON = Boolean.getBoolean("coconut4j.guardWords");

  /** Room for the words on each side of a buffer. */
  static final long BYTES = ON ? 64 : 0;

  /** NaN if read as a float. */
  private static final int WORD = 0x7FC0DE5A;

  private static final int WORDS = (int) (BYTES / Float.BYTES);

  private GuardWords() {}

  /** Sets the words around a new buffer, and the buffer to NaN. */
  static void place(long start, long bytes) {
    if (ON) {
      Pointer.memset(new FloatAddress().at(start), 0xFF, bytes);
      FloatAddress pointer = new FloatAddress();
      for (int word = 0; word < WORDS; word++) {
        pointer.at(before(start, word)).put(Float.intBitsToFloat(WORD));
        pointer.at(after(start, bytes, word)).put(Float.intBitsToFloat(WORD));
      }
    }
  }

  /**
   * Checks that the words are unchanged.
   *
   * @throws IllegalStateException if one was written
   */
  static void check(long start, long bytes) {
    for (int word = 0; word < WORDS; word++) {
      check(before(start, word), bytes, (word + 1) * Float.BYTES + " bytes before its start");
      check(after(start, bytes, word), bytes, word * Float.BYTES + " bytes after its end");
    }
  }

  private static void check(long address, long bytes, String place) {
    int found = Float.floatToRawIntBits(new FloatAddress().at(address).get());
    if (found != WORD) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Memory outside a buffer of %d bytes was written: the guard word %s must be %x, but is %x",
              bytes,
              place,
              WORD,
              found));
    }
  }

  private static long before(long start, int word) {
    return start - (word + 1L) * Float.BYTES;
  }

  private static long after(long start, long bytes, int word) {
    return start + bytes + (long) word * Float.BYTES;
  }
}
