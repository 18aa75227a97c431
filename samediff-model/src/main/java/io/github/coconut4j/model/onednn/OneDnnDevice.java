package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.loop.DeviceCheck;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.memory.HostMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The CPU's threads, each with its own compiled operations. */
@Slf4j
final class OneDnnDevice implements Device {

  /** Whether the warning about slow weights in bfloat16 was logged. */
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  /** Amount of arithmetic that takes one thread about as long as waking another. */
  private static final long WORTH_SHARING = 256 * 1024;

  /**
   * Width from which oneDNN's threads gain by dividing a layer's operations; with a smaller width
   * they wait for each other longer than they compute.
   */
  private static final int WORTH_DIVIDING = 512;

  /** With fewer sequences, reading the weights dominates a worker's products. */
  private static final int WORTH_READING = 32;

  private final Workers workers;
  private final boolean dividesOperations;
  private final List<OneDnnOperations> operations = new ArrayList<>();
  private boolean closed;

  /** Makes a device for operations other than layers. */
  OneDnnDevice(int threads) {
    this(threads, Precision.FLOAT32);
  }

  /** Makes a device for products with token tables. */
  OneDnnDevice(int threads, Precision precision) {
    this(threads, 0, precision);
  }

  /**
   * Makes a device for layers.
   *
   * @param width width of the layers
   * @param precision precision of the linear layers' products
   */
  OneDnnDevice(int threads, int width, Precision precision) {
    Arguments.requireAtLeast(threads, 1, "The number of threads");
    dividesOperations = width >= WORTH_DIVIDING;
    workers = new Workers(threads);
    try {
      for (int i = 0; i < threads; i++) {
        operations.add(new OneDnnOperations(precision));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  @Override
  public int workers() {
    return workers.count();
  }

  /** A single worker uses oneDNN's threads of all workers, if these divide operations. */
  @Override
  public int workersReading(int sequences) {
    return dividesOperations ? Math.min(workers(), 1 + (sequences - 1) / WORTH_READING) : workers();
  }

  /**
   * Where matrices are multiplied in bfloat16, a latent's pass takes as long as reading the
   * weights, which one worker does once. Elsewhere it takes as long as packing them, and workers of
   * one thread each do that faster for all passes together.
   */
  @Override
  public int workersPassing(int sequences) {
    return OneDnnBackend.hasBfloat16Matrices() ? workersReading(sequences) : workers();
  }

  @Override
  public LayerOperations operations(int worker) {
    return operations.get(worker);
  }

  @Override
  public void run(int[] chosen, IntConsumer task) {
    run(
        chosen,
        dividesOperations ? threadsEach(chosen.length) : 1,
        (own, worker) -> task.accept(worker));
  }

  /** Number of oneDNN's threads for each of some workers, so that all threads are used. */
  private int threadsEach(int count) {
    return Math.max(1, workers() / Math.max(1, count));
  }

  private void run(int[] chosen, int threadsEach, ObjIntConsumer<OneDnnOperations> task) {
    DeviceCheck.requireOpen(!closed);
    workers.run(
        chosen,
        threadsEach,
        worker -> {
          OneDnnOperations own = operations.get(worker);
          own.primitives().useThreads(threadsEach);
          task.accept(own, worker);
        });
  }

  /** Runs a task with every worker's operations and index. */
  void runAll(ObjIntConsumer<OneDnnOperations> task) {
    runFirst(workers(), task);
  }

  /** Runs a task with the first workers' operations and indices. */
  void runFirst(int count, ObjIntConsumer<OneDnnOperations> task) {
    run(IntStream.range(0, count).toArray(), threadsEach(count), task);
  }

  /**
   * Number of workers for this much arithmetic: all, or only the caller's thread if waking others
   * takes longer.
   *
   * @param arithmetic multiplications, or floats copied
   */
  int workersFor(long arithmetic) {
    return arithmetic < WORTH_SHARING ? 1 : workers();
  }

  @Override
  public Matrix input(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    return output(HostMemory.isDense(array) ? array : array.dup('c'), name, shape);
  }

  @Override
  public Matrix weight(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    if (array.dataType() != DataType.BFLOAT16) {
      return input(array, name, shape);
    }
    if (!OneDnnBackend.hasBfloat16() && !TOLD.getAndSet(true)) {
      log.warn(
          "This processor does not multiply in bfloat16 (AVX-512 BF16 or AMX): weights in bfloat16"
              + " take half the memory and are widened, which takes longer than weights in"
              + " float32 do.");
    }
    return matrix(HostMemory.isDense(array) ? array : array.dup('c'), name, shape);
  }

  /** The array's own memory on the host; the matrix keeps the array reachable. */
  @Override
  public Matrix output(INDArray array, String name, long... shape) {
    DeviceCheck.requireFloat(array, name);
    return matrix(array, name, shape);
  }

  private static Matrix matrix(INDArray array, String name, long... shape) {
    DeviceCheck.requireShape(array, name, shape);
    DeviceCheck.requireDense(array, name);
    return Matrix.of(HostMemory.of(array).address(), array);
  }

  @Override
  public void finish() {
    // Workers have ended and have written to the arrays' own memory.
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      operations.forEach(OneDnnOperations::close);
      workers.close();
    }
  }
}
