package io.github.coconut4j.model.internal.kernel;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The values of an ND4J array as the kernels take them. It holds the memory that it points to, so
 * that this lives as long as the pointer; who takes the address out of it has to {@link #hold} the
 * pointer, or the array, until the address was used for the last time.
 */
final class HostFloats extends FloatPointer {

  private final DataBuffer memory;

  private HostFloats(INDArray array) {
    super(HostMemory.of(array));
    memory = array.data();
  }

  /**
   * The array's values in the host's memory, brought up to date where a device holds newer ones.
   *
   * @throws IllegalArgumentException if the array is not FLOAT, dense and in 'c' order
   * @throws IllegalStateException if the array was closed
   */
  static HostFloats of(INDArray array) {
    HostMemory.requireOpen(array.wasClosed());
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
    return new HostFloats(array);
  }

  /** The same for an array that must have a shape; {@code name} says in a message what it is. */
  static HostFloats of(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array.wasClosed());
    if (!Arrays.equals(array.shape(), shape)) {
      throw new IllegalArgumentException(
          "The fused kernels need %s of shape %s, but were given %s."
              .formatted(name, Arrays.toString(shape), Arrays.toString(array.shape())));
    }
    return of(array);
  }

  /** The same for an array that is read alone, of which a dense copy serves as well. */
  static HostFloats read(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array.wasClosed());
    return of(isDense(array) ? array : array.dup('c'), name, shape);
  }

  /** Freed memory is not read, also where a pointer was taken before the array was closed. */
  HostFloats requireOpen() {
    HostMemory.requireOpen(memory.wasClosed());
    return this;
  }

  /** Keeps what native code was given the addresses of from being freed up to here. */
  static void hold(Object... owners) {
    Reference.reachabilityFence(owners);
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
