package io.github.coconut4j.model.loop;

import java.util.function.IntConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A device that runs layers: its workers, each with operations of its own, and the way in and out
 * for ND4J's arrays. It serves one caller at a time.
 *
 * <p>Sequences of a batch are independent but for the parameters' gradients, so they are divided
 * among workers. A processor has one for each thread; a GPU has one.
 */
public interface Device extends AutoCloseable {

  /** Number of workers, at least 1. */
  int workers();

  /**
   * How many workers decode so many sequences with the least reading of weights: each reads all of
   * them for its own sequences.
   */
  default int workersReading(int sequences) {
    return workers();
  }

  /** A worker's operations, the same object for each call; closed with the device. */
  LayerOperations operations(int worker);

  /**
   * Runs a task for each of some workers, and returns when all have ended.
   *
   * @throws RuntimeException the first that a task threw
   */
  void run(int[] workers, IntConsumer task);

  /**
   * An array's values where the device reads them, which is up to date then: valid as long as the
   * device and the array are open.
   *
   * @param name of the array, for messages
   * @param shape that it must have
   * @return a matrix whose rows are the array's last dimension
   * @throws IllegalArgumentException if the array has another type or shape
   * @throws IllegalStateException if it was closed
   */
  Matrix input(INDArray array, String name, long... shape);

  /**
   * As {@link #input}, of a linear layer's weight or a table of tokens or outputs: that may be
   * BFLOAT16 where the device's backend {@linkplain
   * io.github.coconut4j.model.backend.Backend#readsBfloat16() reads such}.
   */
  default Matrix weight(INDArray array, String name, long... shape) {
    return input(array, name, shape);
  }

  /** Where the device writes an array's values; they are the array's after {@link #finish()}. */
  Matrix output(INDArray array, String name, long... shape);

  /** Waits for what was computed, and brings outputs to their arrays. */
  void finish();

  @Override
  void close();
}
