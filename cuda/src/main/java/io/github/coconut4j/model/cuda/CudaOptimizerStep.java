package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.AdamWCoefficients;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.loop.Matrix;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.List;
import java.util.function.ToLongFunction;
import org.bytedeco.javacpp.DoublePointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** AdamW and norms of gradients, with kernels that process many parameters at once. */
final class CudaOptimizerStep implements OptimizerStep {

  /** Blocks per parameter for sums of squares. It is fixed so that every GPU has the same bits. */
  private static final int BLOCKS = 64;

  private static final int THREADS = 256;

  /** Parameters per launch, as in the kernels. */
  private static final int TENSORS = 64;

  /** Values that a block updates. */
  private static final int CHUNK = 4096;

  /** Bytes of the kernels' structures. */
  private static final int GRADIENTS = 2 * TENSORS * Long.BYTES;

  private static final int PARAMETERS = TENSORS * (5 * Long.BYTES + Integer.BYTES);

  private final Gpu gpu;
  private final ArrayMirrors mirrors;
  private final CudaDevice device;
  private final GpuMemory sums;

  CudaOptimizerStep(CudaRuntime runtime) {
    gpu = runtime.gpu();
    mirrors = runtime.mirrors();
    device = new CudaDevice(runtime, Precision.FLOAT32);
    sums = new GpuMemory(gpu);
  }

  @Override
  public void adamW(List<Parameter<INDArray>> parameters, Settings settings) {
    Arguments.requireElements(parameters, "parameters");
    AdamWCoefficients step = AdamWCoefficients.of(settings);
    device.call(
        () -> {
          List<Parameter<Matrix>> matrices = parameters.stream().map(this::matrices).toList();
          for (int from = 0; from < matrices.size(); from += TENSORS) {
            update(matrices.subList(from, Math.min(matrices.size(), from + TENSORS)), step);
          }
          device.finish();
          gpu.submit(); // while the host prepares the next batch
          Reference.reachabilityFence(matrices);
        });
  }

  private Parameter<Matrix> matrices(Parameter<INDArray> parameter) {
    long[] shape = parameter.values().shape();
    return new Parameter<>(
        device.changed(parameter.values(), "a parameter", shape),
        device.input(parameter.gradient(), "a gradient", shape),
        device.changed(parameter.firstMoment(), "a first moment", shape),
        device.changed(parameter.secondMoment(), "a second moment", shape));
  }

  private static long count(Matrix matrix) {
    return matrix.rows() * matrix.columns();
  }

  private void update(List<Parameter<Matrix>> parameters, AdamWCoefficients step) {
    byte[] bytes = new byte[PARAMETERS];
    ByteBuffer structure = structure(bytes);
    putAll(structure, parameters, each -> each.values().address());
    putAll(structure, parameters, each -> each.gradient().address());
    putAll(structure, parameters, each -> each.firstMoment().address());
    putAll(structure, parameters, each -> each.secondMoment().address());
    putAll(structure, parameters, each -> count(each.values()));
    int blocks = 0;
    for (Parameter<Matrix> parameter : parameters) {
      structure.putInt(blocks);
      blocks += Math.toIntExact(Grid.ceiling(count(parameter.values()), CHUNK));
    }
    gpu.launch(
        "adamW",
        new Grid(blocks, 1, THREADS, 1),
        bytes,
        parameters.size(),
        CHUNK,
        step.gradientFactor(),
        step.beta1(),
        step.beta2(),
        step.epsilon(),
        step.kept(),
        step.stepSize(),
        step.secondCorrection());
  }

  private static ByteBuffer structure(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Fills the next array of a structure. */
  private static <T> void putAll(ByteBuffer structure, List<T> all, ToLongFunction<T> value) {
    int end = structure.position() + TENSORS * Long.BYTES;
    all.forEach(each -> structure.putLong(value.applyAsLong(each)));
    structure.position(end);
  }

  @Override
  public double norm(Collection<INDArray> gradients) {
    Arguments.requireElements(gradients, "gradients");
    try (DoublePointer squares = new DoublePointer(1)) {
      device.call(() -> sumSquares(gradients, squares));
      return Math.sqrt(squares.get());
    }
  }

  private void sumSquares(Collection<INDArray> gradients, DoublePointer squares) {
    List<Matrix> matrices =
        gradients.stream()
            .map(gradient -> device.input(gradient, "a gradient", gradient.shape()))
            .toList();
    int count = matrices.size() * BLOCKS;
    long total = sums.requireBytes((1L + count) * Double.BYTES);
    long parts = total + Double.BYTES;
    for (int from = 0; from < matrices.size(); from += TENSORS) {
      List<Matrix> some = matrices.subList(from, Math.min(matrices.size(), from + TENSORS));
      byte[] bytes = new byte[GRADIENTS];
      ByteBuffer structure = structure(bytes);
      putAll(structure, some, Matrix::address);
      putAll(structure, some, CudaOptimizerStep::count);
      gpu.launch(
          "squares",
          new Grid(BLOCKS, some.size(), THREADS, 1),
          bytes,
          parts + (long) from * BLOCKS * Double.BYTES);
    }
    gpu.launch("addDoubles", new Grid(1, 1, THREADS, 1), parts, count, total);
    mirrors.downloadWithScalars(new Gpu.Download(total, squares, Double.BYTES));
    device.finish();
    Reference.reachabilityFence(matrices);
  }

  @Override
  public void close() {
    try (device) {
      sums.close();
    }
  }
}
