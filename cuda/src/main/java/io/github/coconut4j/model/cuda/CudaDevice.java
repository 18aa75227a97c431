package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.cuda.ArrayMirrors.Mirror;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.memory.HostMemory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A GPU as a device with one worker, whose operations are queued on the GPU's stream. */
final class CudaDevice implements Device {

  private final ArrayMirrors mirrors;
  private final CudaOperations operations;
  private final Gpu gpu;

  /** The outputs of the current call, which {@link #finish} copies to their arrays. */
  private final Map<Mirror, INDArray> outputs = new LinkedHashMap<>();

  private boolean closed;

  /**
   * Makes a device on the process's GPU.
   *
   * @param precision precision of the linear layers' products
   */
  CudaDevice(CudaRuntime runtime, Precision precision) {
    gpu = runtime.gpu();
    mirrors = runtime.mirrors();
    operations = new CudaOperations(gpu, runtime.products(), precision, runtime.hasBfloat16());
  }

  @Override
  public int workers() {
    return 1;
  }

  @Override
  public LayerOperations operations(int worker) {
    return operations;
  }

  CudaOperations operations() {
    return operations;
  }

  @Override
  public void run(int[] workers, IntConsumer task) {
    call(() -> IntStream.of(workers).forEach(task));
  }

  /**
   * Runs one call, up to and including {@link #finish}. The next call must not copy the outputs of
   * one that failed to their arrays, which may be closed by then.
   */
  void call(Runnable body) {
    requireOpen();
    orForgetOutputs(
        () -> {
          body.run();
          return null;
        });
  }

  private <T> T orForgetOutputs(Supplier<T> part) {
    try {
      return part.get();
    } catch (RuntimeException | Error e) {
      outputs.clear();
      throw e;
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The fused kernels were closed before this call");
    }
  }

  @Override
  public Matrix input(INDArray array, String name, long... shape) {
    return orForgetOutputs(
        () -> {
          requireFloat(array, name);
          return read(array, name, shape);
        });
  }

  @Override
  public Matrix weight(INDArray array, String name, long... shape) {
    return orForgetOutputs(() -> read(array, name, shape));
  }

  private Matrix read(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    if (array.dataType() != DataType.BFLOAT16) {
      requireFloat(array, name);
    }
    requireFits(array, name, shape);
    INDArray dense = HostMemory.isDense(array) ? array : array.dup('c');
    Mirror mirror = mirrors.of(dense);
    if (!outputs.containsKey(mirror)) { // an output has newer values on the GPU
      mirrors.toDevice(dense, mirror);
    }
    return matrix(mirror, dense);
  }

  @Override
  public Matrix output(INDArray array, String name, long... shape) {
    return orForgetOutputs(() -> written(array, name, shape));
  }

  private Matrix written(INDArray array, String name, long... shape) {
    requireFloat(array, name);
    requireFits(array, name, shape);
    if (!HostMemory.isDense(array)) {
      throw new IllegalArgumentException(
          "The fused kernels write dense arrays in 'c' order, but %s has the strides %s. Pass a copy made by dup('c')."
              .formatted(name, Arrays.toString(array.stride())));
    }
    Mirror mirror = mirrors.of(array);
    outputs.put(mirror, array);
    return matrix(mirror, array);
  }

  /** The matrix of an array that is both read and written. */
  Matrix changed(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    if (HostMemory.isDense(array)) {
      input(array, name, shape);
    }
    return output(array, name, shape);
  }

  private static void requireFloat(INDArray array, String name) {
    HostMemory.requireOpen(array);
    if (array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(
          "The fused kernels compute in FLOAT, but %s has the type %s. Use the unrolled loop for other types."
              .formatted(name, array.dataType()));
    }
  }

  private void requireFits(INDArray array, String name, long... shape) {
    requireOpen();
    if (!Arrays.equals(array.shape(), shape)) {
      throw new IllegalArgumentException(
          "The fused kernels need %s of shape %s, but were given %s."
              .formatted(name, Arrays.toString(shape), Arrays.toString(array.shape())));
    }
  }

  private static Matrix matrix(Mirror mirror, INDArray array) {
    long columns = array.rank() == 0 ? 1 : array.size(array.rank() - 1);
    long rows = columns == 0 ? 0 : array.length() / columns;
    boolean bfloat16 = array.dataType() == DataType.BFLOAT16;
    return new Matrix(mirror.address(), rows, columns, columns, bfloat16, array.data());
  }

  @Override
  public void finish() {
    try {
      outputs.forEach(mirrors::deviceChanged);
    } finally {
      outputs.clear();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      outputs.clear();
      operations.close();
    }
  }
}
