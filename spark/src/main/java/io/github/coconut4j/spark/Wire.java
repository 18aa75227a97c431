package io.github.coconut4j.spark;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Format in which gradients are sent between ranks. */
public enum Wire {
  /** The gradients' own values, 4 bytes each. */
  FLOAT32,

  /**
   * Values rounded to bfloat16, to nearest, ties to even; 2 bytes each. Sums are formed in float32
   * and rounded again. Each rounding has a relative error of at most 2^-8.
   */
  BF16;

  private static final int LOW_BITS = 16;
  private static final int HALF = 0x7fff;

  /** Number of bytes of a value. */
  int width() {
    return this == FLOAT32 ? Float.BYTES : Short.BYTES;
  }

  /** Whether a value is sent as its bytes in memory. */
  boolean isMemory() {
    return this == FLOAT32;
  }

  /** Writes {@code floats}, from position to limit, to the start of {@code bytes}. */
  void write(FloatBuffer floats, ByteBuffer bytes) {
    bytes.clear();
    if (this == FLOAT32) {
      bytes.asFloatBuffer().put(floats.duplicate());
    } else {
      ShortBuffer shorts = bytes.asShortBuffer();
      for (int i = floats.position(); i < floats.limit(); i++) {
        shorts.put(rounded(floats.get(i)));
      }
    }
    bytes.limit(width() * floats.remaining());
  }

  /** Fills {@code floats}, from position to limit, from the start of {@code bytes}. */
  void read(ByteBuffer bytes, FloatBuffer floats) {
    ByteBuffer start = bytes.duplicate().order(bytes.order()).clear();
    if (this == FLOAT32) {
      FloatBuffer from = start.asFloatBuffer();
      floats.duplicate().put(from.limit(floats.remaining()));
    } else {
      ShortBuffer shorts = start.asShortBuffer();
      for (int i = floats.position(); i < floats.limit(); i++) {
        floats.put(i, Float.intBitsToFloat(shorts.get() << LOW_BITS));
      }
    }
  }

  private static short rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >> LOW_BITS | 0x40); // rounding could make it infinite
    }
    return (short) ((bits + HALF + (bits >>> LOW_BITS & 1)) >>> LOW_BITS);
  }
}
