package io.github.coconut4j.spark;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** How gradients are written to a socket. */
public enum Wire {
  /** As they are. */
  FLOAT32,

  /**
   * Their upper halves, rounded to the nearest, ties to even: half the bytes. Sums are formed in
   * float32 of what came, so that they differ by a relative error of up to 2^-8 a term.
   */
  BF16;

  private static final int LOW_BITS = 16;
  private static final int HALF = 0x7fff;

  /** Bytes of a value. */
  int width() {
    return this == FLOAT32 ? Float.BYTES : Short.BYTES;
  }

  /** Whether bytes on the wire are those of the values in memory. */
  boolean isMemory() {
    return this == FLOAT32;
  }

  /** Writes values from position to limit of {@code floats} to the start of {@code bytes}. */
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

  /** Reads values from position to limit of {@code floats} from the start of {@code bytes}. */
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
      return (short) (bits >> LOW_BITS | 0x40); // rounded up it might become an infinity
    }
    return (short) ((bits + HALF + (bits >>> LOW_BITS & 1)) >>> LOW_BITS);
  }
}
