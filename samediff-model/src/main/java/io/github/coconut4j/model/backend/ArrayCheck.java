package io.github.coconut4j.model.backend;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Checks arrays before ND4J's native operations get them: some of these read and write past the end
 * of an array that is smaller, or of a narrower type, than the others.
 */
final class ArrayCheck {

  private ArrayCheck() {}

  /**
   * Refuses an array that native code must not be given.
   *
   * @param name of the array, for messages
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
   * Refuses an array whose memory was freed.
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
