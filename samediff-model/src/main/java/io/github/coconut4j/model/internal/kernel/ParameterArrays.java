package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Takes a transformer's parameters, or their gradients, out of ND4J arrays. */
final class ParameterArrays {

  private static final String NAME = "a parameter";

  private final TransformerShape shape;
  private final List<INDArray> arrays;

  private ParameterArrays(TransformerShape shape, List<INDArray> arrays) {
    this.shape = shape;
    this.arrays = arrays;
  }

  /**
   * Pointers that hold the arrays' memory.
   *
   * @param arrays position table [P, D], each layer's twelve in Hugging Face's order, the final
   *     norm's weight and bias
   * @throws IllegalArgumentException if they are not as many, or not of the transformer's shape
   */
  static TransformerParameters of(TransformerShape shape, List<INDArray> arrays) {
    int expected = 1 + shape.layers() * TransformerParameters.TENSORS_PER_LAYER + 2;
    if (arrays.size() != expected) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A transformer of %d layers has %d parameters beside its token table; found %d.",
              shape.layers(),
              expected,
              arrays.size()));
    }
    return new ParameterArrays(shape, arrays).pointers();
  }

  private TransformerParameters pointers() {
    int end = arrays.size() - 2;
    List<FloatPointer[]> layers = new ArrayList<>();
    for (int i = 1; i < end; i += TransformerParameters.TENSORS_PER_LAYER) {
      layers.add(layer(i));
    }
    INDArray positions = arrays.get(0);
    return new TransformerParameters(
        HostFloats.of(positions, "a position table", positions.shape()[0], shape.width()),
        layers,
        vector(end, shape.width()),
        vector(end + 1, shape.width()));
  }

  private FloatPointer[] layer(int from) {
    long width = shape.width();
    int inner = shape.inner();
    return new FloatPointer[] {
      vector(from, width),
      vector(from + 1, width),
      matrix(from + 2, width, 3 * width),
      vector(from + 3, 3 * width),
      matrix(from + 4, width, width),
      vector(from + 5, width),
      vector(from + 6, width),
      vector(from + 7, width),
      matrix(from + 8, width, inner),
      vector(from + 9, inner),
      matrix(from + 10, inner, width),
      vector(from + 11, width),
    };
  }

  private FloatPointer vector(int index, long size) {
    return HostFloats.of(arrays.get(index), NAME, size);
  }

  private FloatPointer matrix(int index, long in, long out) {
    return HostFloats.of(arrays.get(index), NAME, in, out);
  }
}
