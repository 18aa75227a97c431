package io.github.coconut4j.model.internal.kernel;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The memory of ND4J's arrays as the kernels take it. */
final class HostFloats {

  private HostFloats() {}

  /**
   * The array's values in the host's memory, brought up to date where a device holds newer ones.
   * The pointer is valid as long as the array is.
   *
   * @throws IllegalArgumentException if the array is not FLOAT, dense and in 'c' order
   */
  static FloatPointer of(INDArray array) {
    if (array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(
          "The fused latent loop computes in FLOAT, but was given an array of "
              + array.dataType()
              + ". Use the unrolled loop for other types.");
    }
    if (!isDense(array)) {
      throw new IllegalArgumentException(
          "The fused latent loop reads dense arrays in 'c' order, but was given one with strides "
              + Arrays.toString(array.stride())
              + ". Pass a copy made by dup('c').");
    }
    return new FloatPointer(HostMemory.of(array));
  }

  private static boolean isDense(INDArray array) {
    long expected = 1;
    for (int dimension = array.rank() - 1; dimension >= 0; dimension--) {
      if (array.size(dimension) != 1 && array.stride(dimension) != expected) {
        return false;
      }
      expected *= array.size(dimension);
    }
    return true;
  }
}
