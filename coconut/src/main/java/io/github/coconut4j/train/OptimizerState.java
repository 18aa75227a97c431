package io.github.coconut4j.train;

import java.util.Arrays;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Copies a saved optimiser state into the live one. */
final class OptimizerState {

  private OptimizerState() {}

  static void copy(Map<String, INDArray> saved, Map<String, INDArray> live) {
    live.forEach(
        (name, array) -> {
          INDArray source = saved.get(name);
          if (source == null
              || source.wasClosed()
              || !Arrays.equals(source.shape(), array.shape())) {
            throw new IllegalArgumentException(
                "The optimiser's state needs "
                    + name
                    + " of shape "
                    + Arrays.toString(array.shape())
                    + " but finds "
                    + described(source)
                    + ". It belongs to another model or optimiser.");
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
