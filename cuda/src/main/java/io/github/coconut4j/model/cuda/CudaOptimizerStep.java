package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.loop.Matrix;
import java.lang.ref.Reference;
import java.util.Collection;
import java.util.List;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.DoublePointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** AdamW and norms by a kernel for each parameter. */
final class CudaOptimizerStep implements OptimizerStep {

  /** Blocks of a parameter's sum of squares: the same everywhere, so that its bits are, too. */
  private static final int BLOCKS = 64;

  private static final int THREADS = 256;

  private final Gpu gpu;
  private final CudaDevice device;
  private final GpuMemory sums;

  CudaOptimizerStep(CudaRuntime runtime) {
    gpu = runtime.gpu();
    device = new CudaDevice(runtime, Precision.FLOAT32);
    sums = new GpuMemory(gpu);
  }

  @Override
  public void adamW(List<Parameter<INDArray>> parameters, Settings settings) {
    Arguments.requireElements(parameters, "parameters");
    Arguments.requireNonNull(settings, "settings", "Build OptimizerStep.Settings.");
    List<Parameter<Matrix>> matrices = parameters.stream().map(this::matrices).toList();
    matrices.forEach(each -> update(each, settings));
    device.finish();
    Reference.reachabilityFence(matrices);
  }

  private Parameter<Matrix> matrices(Parameter<INDArray> parameter) {
    long[] shape = parameter.values().shape();
    return new Parameter<>(
        device.changed(parameter.values(), "a parameter", shape),
        device.input(parameter.gradient(), "a gradient", shape),
        device.changed(parameter.firstMoment(), "a first moment", shape),
        device.changed(parameter.secondMoment(), "a second moment", shape));
  }

  private void update(Parameter<Matrix> parameter, Settings settings) {
    float beta1 = (float) settings.getBeta1();
    float beta2 = (float) settings.getBeta2();
    float learningRate = (float) settings.getLearningRate();
    double steps = settings.getStep();
    long count = parameter.values().rows() * parameter.values().columns();
    gpu.launch(
        "adamW",
        Grid.elements(count),
        parameter.values().address(),
        parameter.gradient().address(),
        parameter.firstMoment().address(),
        parameter.secondMoment().address(),
        count,
        (float) settings.getGradientFactor(),
        beta1,
        beta2,
        (float) settings.getEpsilon(),
        1 - learningRate * (float) settings.getWeightDecay(),
        (float) (learningRate / (1 - Math.pow(beta1, steps))),
        (float) (1 / Math.sqrt(1 - Math.pow(beta2, steps))));
  }

  @Override
  public double norm(Collection<INDArray> gradients) {
    Arguments.requireElements(gradients, "gradients");
    List<Matrix> matrices =
        gradients.stream()
            .map(gradient -> device.input(gradient, "a gradient", gradient.shape()))
            .toList();
    long address = sums.requireBytes((long) matrices.size() * BLOCKS * Double.BYTES);
    for (int i = 0; i < matrices.size(); i++) {
      Matrix gradient = matrices.get(i);
      gpu.launch(
          "squares",
          new Grid(BLOCKS, 1, THREADS, 1),
          gradient.address(),
          gradient.rows() * gradient.columns(),
          address + (long) i * BLOCKS * Double.BYTES);
    }
    double[] all = new double[matrices.size() * BLOCKS];
    try (DoublePointer host = new DoublePointer(Math.max(1, all.length))) {
      gpu.download(address, host, (long) all.length * Double.BYTES);
      host.get(all);
    }
    device.finish();
    Reference.reachabilityFence(matrices);
    return Math.sqrt(DoubleStream.of(all).sum());
  }

  @Override
  public void close() {
    sums.close();
    device.close();
  }
}
