package io.github.coconut4j.model.backend;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Checks arrays before they are passed to ND4J's native operations. Some of these read and write
 * past the end of an array that is smaller than the others or has a narrower type.
 */
final class ArrayCheck {

  private ArrayCheck() {}

  /**
   * Rejects an array that must not be passed to native code.
   *
   * @param name the array's name, for messages
   * @throws IllegalArgumentException if it is null, or has another type or shape
   * @throws IllegalStateException if it was closed
   */
  static void require(INDArray array, String name, DataType type, long... shape) {
    if (array == null || array.dataType() != type || !Arrays.equals(array.shape(), shape)) {
      throw new IllegalArgumentException(
          "ND4J's operations need %s of %s and shape %s, but were given %s."
              .formatted(name, type, Arrays.toString(shape), described(array)));
    }
    requireOpen(array, name);
  }

  /**
   * Rejects an array whose memory was freed.
   *
   * @throws IllegalArgumentException if it is null
   * @throws IllegalStateException if it was closed
   */
  static void requireOpen(INDArray array, String name) {
    if (array == null) {
      throw new IllegalArgumentException(
          "ND4J's operations need %s, but it is null.".formatted(name));
    }
    if (array.wasClosed()) {
      throw new IllegalStateException(
          "An array must be open when it is computed with, but %s was closed before."
              .formatted(name));
    }
  }

  private static String described(INDArray array) {
    return array == null
        ? "null"
        : array.dataType() + " of shape " + Arrays.toString(array.shape());
  }
}
