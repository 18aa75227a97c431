package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.memory.HostMemory;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The values of ND4J's arrays as the operations take them: a matrix whose rows are the last
 * dimension. It holds the memory that it points to.
 */
final class HostMatrix {

  private HostMatrix() {}

  /**
   * The array's values in the host's memory, brought up to date where a device holds newer ones.
   *
   * @param name says in a message what the array is
   * @param shape that it must have
   * @throws IllegalArgumentException if the array has another shape, or is not FLOAT, dense and in
   *     'c' order
   * @throws IllegalStateException if the array was closed
   */
  static Matrix of(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    if (!Arrays.equals(array.shape(), shape)) {
      throw new IllegalArgumentException(
          "The fused kernels need %s of shape %s, but were given %s."
              .formatted(name, Arrays.toString(shape), Arrays.toString(array.shape())));
    }
    return of(array, name);
  }

  /** The same for an array of any shape. */
  static Matrix of(INDArray array, String name) {
    HostMemory.requireOpen(array);
    if (array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(
          "The fused kernels compute in FLOAT, but %s has the type %s. Use the unrolled loop for other types."
              .formatted(name, array.dataType()));
    }
    if (!HostMemory.isDense(array)) {
      throw new IllegalArgumentException(
          "The fused kernels read dense arrays in 'c' order, but %s has the strides %s. Pass a copy made by dup('c')."
              .formatted(name, Arrays.toString(array.stride())));
    }
    long columns = array.rank() == 0 ? 1 : array.size(array.rank() - 1);
    long rows = columns == 0 ? 0 : array.length() / columns;
    return new Matrix(HostMemory.of(array).address(), rows, columns, columns, array.data());
  }

  /** The same for an array that is read alone, of which a dense copy serves as well. */
  static Matrix read(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    return of(HostMemory.isDense(array) ? array : array.dup('c'), name, shape);
  }
}
