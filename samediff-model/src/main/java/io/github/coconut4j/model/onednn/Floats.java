package io.github.coconut4j.model.onednn;

import org.bytedeco.javacpp.Pointer;

/** Whole-buffer operations on native floats. */
final class Floats {

  private Floats() {}

  static void copy(long source, long target, long floats) {
    Pointer.memcpy(
        new FloatAddress().at(target), new FloatAddress().at(source), floats * Float.BYTES);
  }

  static void clear(long address, long floats) {
    clearBytes(address, floats * Float.BYTES);
  }

  static void clearBytes(long address, long bytes) {
    Pointer.memset(new FloatAddress().at(address), 0, bytes);
  }
}
