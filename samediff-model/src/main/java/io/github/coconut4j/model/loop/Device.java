package io.github.coconut4j.model.loop;

import java.util.function.IntConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A device that runs layers: its workers, each with its own operations, and the transfer of ND4J's
 * arrays. It serves one caller at a time.
 *
 * <p>Sequences of a batch are independent except for the parameters' gradients, so they are divided
 * among workers. A processor has one for each thread; a GPU has one.
 */
public interface Device extends AutoCloseable {

  /** Number of workers, at least 1. */
  int workers();

  /**
   * The number of workers that decode this many sequences with the fewest reads of weights, since
   * each worker reads all weights for its own sequences.
   */
  default int workersReading(int sequences) {
    return workers();
  }

  /**
   * The number of workers that is fastest for a batch of that many sequences with sequential
   * latents, if weights are in bfloat16.
   */
  default int workersPassing(int sequences) {
    return workers();
  }

  /** A worker's operations, the same object for each call; closed with the device. */
  LayerOperations operations(int worker);

  /**
   * Runs a task for each of some workers, and returns when all have ended.
   *
   * @throws RuntimeException the first exception that a task threw
   */
  void run(int[] workers, IntConsumer task);

  /**
   * The up-to-date values of an array in the device's memory, valid as long as the device and the
   * array are open.
   *
   * @param name of the array, for messages
   * @param shape required shape
   * @return a matrix whose rows are the array's last dimension
   * @throws IllegalArgumentException if the array has another type or shape
   * @throws IllegalStateException if it was closed
   */
  Matrix input(INDArray array, String name, long... shape);

  /**
   * As {@link #input}, for a linear layer's weight or a table of tokens or outputs, which may be
   * BFLOAT16 if the device's backend {@linkplain
   * io.github.coconut4j.model.backend.Backend#readsBfloat16() reads it}.
   */
  default Matrix weight(INDArray array, String name, long... shape) {
    return input(array, name, shape);
  }

  /**
   * The device memory for an array that is written; {@link #finish()} copies all of it to the
   * array, so all of it must be written.
   */
  Matrix output(INDArray array, String name, long... shape);

  /** Waits for all computations, and copies outputs to their arrays. */
  void finish();

  @Override
  void close();
}
