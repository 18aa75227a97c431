package io.github.coconut4j.model.onednn;

import org.bytedeco.javacpp.FloatPointer;

/** Native float32 tensors of tests. */
final class NativeTensors {

  private NativeTensors() {}

  static FloatPointer of(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return new FloatPointer(floats);
  }

  /** Room for as many values, filled with a number that a correct result overwrites. */
  static FloatPointer unwritten(long count) {
    FloatPointer pointer = new FloatPointer(count);
    for (long i = 0; i < count; i++) {
      pointer.put(i, 12345);
    }
    return pointer;
  }

  static float[] toArray(FloatPointer pointer) {
    float[] values = new float[(int) pointer.capacity()];
    pointer.get(values);
    return values;
  }
}
