package io.github.coconut4j.model.onednn;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A pointer that is moved to an address before each native call, so that moving through buffers
 * creates no objects. It owns no memory and is confined to one thread.
 */
final class FloatAddress extends FloatPointer {

  FloatAddress() {
    super((Pointer) null);
  }

  FloatAddress at(long newAddress) {
    this.address = newAddress;
    return this;
  }
}
