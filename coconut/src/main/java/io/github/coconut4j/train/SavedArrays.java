package io.github.coconut4j.train;

import java.util.Arrays;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Copies saved arrays into the live ones. */
final class SavedArrays {

  private SavedArrays() {}

  /**
   * Copies all arrays.
   *
   * @param subject what was saved, as the beginning of an error's sentence
   * @param live arrays by name; {@code saved} may have more
   * @throws IllegalArgumentException if one was not saved, or has another shape
   */
  static void copy(String subject, Map<String, INDArray> saved, Map<String, INDArray> live) {
    live.forEach(
        (name, array) -> {
          INDArray source = saved.get(name);
          if (source == null
              || source.wasClosed()
              || !Arrays.equals(source.shape(), array.shape())) {
            throw new IllegalArgumentException(
                subject
                    + " needs "
                    + name
                    + " of shape "
                    + Arrays.toString(array.shape())
                    + " but finds "
                    + described(source)
                    + ". It belongs to another model or optimiser; start over (--force, or"
                    + " resume(false) from Java).");
          }
          array.assign(source);
        });
  }

  private static String described(INDArray source) {
    if (source == null) {
      return "none";
    }
    return source.wasClosed() ? "an array that was closed" : Arrays.toString(source.shape());
  }
}
