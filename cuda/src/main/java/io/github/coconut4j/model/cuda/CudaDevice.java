package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.cuda.ArrayMirrors.Mirror;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.loop.DeviceCheck;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.memory.HostMemory;
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
    DeviceCheck.requireOpen(!closed);
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

  @Override
  public Matrix input(INDArray array, String name, long... shape) {
    return orForgetOutputs(
        () -> {
          DeviceCheck.requireFloat(array, name);
          return read(array, name, shape);
        });
  }

  @Override
  public Matrix weight(INDArray array, String name, long... shape) {
    return orForgetOutputs(() -> read(array, name, shape));
  }

  private Matrix read(INDArray array, String name, long... shape) {
    DeviceCheck.requireOpen(!closed);
    HostMemory.requireOpen(array);
    if (array.dataType() != DataType.BFLOAT16) {
      DeviceCheck.requireFloat(array, name);
    }
    DeviceCheck.requireShape(array, name, shape);
    INDArray dense = HostMemory.isDense(array) ? array : array.dup('c');
    Mirror mirror = mirrors.of(dense);
    if (!outputs.containsKey(mirror)) { // an output has newer values on the GPU
      mirrors.toDevice(dense, mirror);
    }
    return Matrix.of(mirror.address(), dense);
  }

  @Override
  public Matrix output(INDArray array, String name, long... shape) {
    return orForgetOutputs(() -> written(array, name, shape));
  }

  private Matrix written(INDArray array, String name, long... shape) {
    DeviceCheck.requireOpen(!closed);
    DeviceCheck.requireFloat(array, name);
    DeviceCheck.requireShape(array, name, shape);
    DeviceCheck.requireDense(array, name);
    Mirror mirror = mirrors.of(array);
    outputs.put(mirror, array);
    return Matrix.of(mirror.address(), array);
  }

  /** The matrix of an array that is both read and written. */
  Matrix changed(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    if (HostMemory.isDense(array)) {
      input(array, name, shape);
    }
    return output(array, name, shape);
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
