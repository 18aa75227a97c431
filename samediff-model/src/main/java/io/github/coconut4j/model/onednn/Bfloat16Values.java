package io.github.coconut4j.model.onednn;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/** Reads bfloat16 values as floats, which hold them exactly. For one thread. */
final class Bfloat16Values {

  /** Number of bits of a float that a bfloat16 value lacks. */
  private static final int MISSING_BITS = 16;

  private final Address pointer = new Address();
  private short[] bits = {};

  /** Owns no memory, like {@link FloatAddress}. */
  private static final class Address extends ShortPointer {

    Address() {
      super((Pointer) null);
    }

    Address at(long newAddress) {
      this.address = newAddress;
      return this;
    }
  }

  /** Reads the first values at an address. */
  void read(long address, float[] target, int count) {
    if (bits.length < count) {
      bits = new short[count];
    }
    pointer.at(address).get(bits, 0, count);
    for (int i = 0; i < count; i++) {
      target[i] = Float.intBitsToFloat(bits[i] << MISSING_BITS);
    }
  }
}
