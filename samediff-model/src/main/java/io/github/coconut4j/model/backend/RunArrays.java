package io.github.coconut4j.model.backend;

import java.util.Collection;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arrays that the runs of one graph make and a device writes: in each run they have the places of
 * the run before, by their order.
 */
public interface RunArrays extends AutoCloseable {

  /** Of a backend that computes in the arrays' own memory. */
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

  /** Says that nobody reads an array any more; one that is not held is passed over. */
  void release(INDArray array);

  /** Frees the places of arrays that were released; others keep theirs. */
  @Override
  void close();
}
