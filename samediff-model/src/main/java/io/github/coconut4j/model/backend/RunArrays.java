package io.github.coconut4j.model.backend;

import java.util.Collection;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arrays that a graph's runs create and a device writes. In each run they reuse the device memory
 * of the previous run, by their order.
 */
public interface RunArrays extends AutoCloseable {

  /** For a backend that computes in the arrays' own memory. */
  RunArrays NONE =
      new RunArrays() {
        @Override
        public void start() {
          // There is nothing to do: the host has all values.
        }

        @Override
        public void hold(Collection<INDArray> arrays) {
          // There is nothing to do: the host has all values.
        }

        @Override
        public void release(INDArray array) {
          // There is nothing to do: the host has all values.
        }

        @Override
        public void close() {
          // There is nothing to do: the host has all values.
        }
      };

  /** Begins a run. */
  void start();

  /** As {@link DeviceArrays#hold}, before the device writes them for the first time. */
  void hold(Collection<INDArray> arrays);

  /** Must be called when an array is not read any more; an array that is not held is ignored. */
  void release(INDArray array);

  /** Frees the device memory of released arrays; others keep theirs. */
  @Override
  void close();
}
