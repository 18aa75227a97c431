package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/** Native float32 copies of a reference transformer's tensors, or room for their gradients. */
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

  static TransformerParameters weights(ReferenceTransformer reference) {
    List<FloatPointer[]> layers = new ArrayList<>();
    for (double[][] tensors : reference.layerTensors) {
      layers.add(
          java.util.Arrays.stream(tensors).map(NativeTensors::of).toArray(FloatPointer[]::new));
    }
    return new TransformerParameters(
        of(reference.positions), layers, of(reference.finalScale), of(reference.finalShift));
  }

  /** The gradient tensors in the order of {@link #values}, and the parameters that hold them. */
  static List<FloatPointer> gradientTensors(ReferenceTransformer reference) {
    return values(reference).stream().map(value -> unwritten(value.length)).toList();
  }

  static TransformerParameters parameters(List<FloatPointer> tensors) {
    int perLayer = TransformerParameters.TENSORS_PER_LAYER;
    List<FloatPointer[]> layers = new ArrayList<>();
    for (int i = 1; i + perLayer < tensors.size(); i += perLayer) {
      layers.add(tensors.subList(i, i + perLayer).toArray(FloatPointer[]::new));
    }
    return new TransformerParameters(
        tensors.get(0), layers, tensors.get(tensors.size() - 2), tensors.get(tensors.size() - 1));
  }

  /** All of a reference transformer's tensors: positions, layers, final norm. */
  static List<double[]> values(ReferenceTransformer reference) {
    List<double[]> values = new ArrayList<>();
    values.add(reference.positions);
    for (double[][] tensors : reference.layerTensors) {
      values.addAll(List.of(tensors));
    }
    values.add(reference.finalScale);
    values.add(reference.finalShift);
    return values;
  }
}
