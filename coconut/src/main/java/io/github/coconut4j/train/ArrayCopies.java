package io.github.coconut4j.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Copies of live arrays as they were at one moment; their memory is used again. */
final class ArrayCopies implements AutoCloseable {

  private final Map<String, INDArray> copies = new LinkedHashMap<>();

  /** The arrays as they are now, until the next call. */
  Map<String, INDArray> of(Map<String, INDArray> live) {
    live.forEach(
        (name, array) -> {
          INDArray copy = copies.get(name);
          if (copy == null) {
            copies.put(name, array.dup('c'));
          } else {
            copy.assign(array);
          }
        });
    return copies;
  }

  @Override
  public void close() {
    copies.values().forEach(INDArray::close);
    copies.clear();
  }
}
