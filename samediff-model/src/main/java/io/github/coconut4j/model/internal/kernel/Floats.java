package io.github.coconut4j.model.internal.kernel;

import org.bytedeco.javacpp.Pointer;

/** Whole-buffer operations on native floats. */
final class Floats {

  private Floats() {}

  static void clear(long address, long floats) {
    Pointer.memset(new FloatAddress().at(address), 0, floats * Float.BYTES);
  }
}
