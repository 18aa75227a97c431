package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.backend.AdamWCoefficients;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Range;
import java.lang.ref.Reference;
import java.util.Collection;
import java.util.List;
import java.util.stream.DoubleStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * AdamW over all parameters in one pass through memory, divided among threads. Values are copied
 * through arrays that stay in the cache, on which the loops are vectorised.
 */
final class OneDnnOptimizerStep implements OptimizerStep {

  /** Number of floats of each array at a time: four arrays of 16 KB. */
  private static final int CHUNK = 4096;

  /** Number of sums of squares computed in parallel, so that the loop is vectorised. */
  private static final int LANES = 512;

  /** Values are divided in multiples of an AVX-512 register. */
  private static final int REGISTER = 16;

  private final OneDnnDevice device;

  OneDnnOptimizerStep(int threads) {
    device = new OneDnnDevice(threads);
  }

  @Override
  public void adamW(List<Parameter<INDArray>> parameters, Settings settings) {
    Arguments.requireElements(parameters, "parameters");
    AdamWCoefficients step = AdamWCoefficients.of(settings);
    List<Parameter<Matrix>> matrices = parameters.stream().map(this::matrices).toList();
    device.runAll(
        (operations, thread) -> {
          AdamWChunk chunk = new AdamWChunk(CHUNK, step);
          for (Parameter<Matrix> each : matrices) {
            forChunks(each.values(), thread, (start, count) -> chunk.update(each, start, count));
          }
        });
    Reference.reachabilityFence(matrices);
  }

  private Parameter<Matrix> matrices(Parameter<INDArray> parameter) {
    long[] shape = parameter.values().shape();
    return new Parameter<>(
        device.output(parameter.values(), "a parameter", shape),
        device.output(parameter.gradient(), "a gradient", shape),
        device.output(parameter.firstMoment(), "a first moment", shape),
        device.output(parameter.secondMoment(), "a second moment", shape));
  }

  @Override
  public double norm(Collection<INDArray> gradients) {
    Arguments.requireElements(gradients, "gradients");
    List<Matrix> matrices =
        gradients.stream()
            .map(gradient -> device.output(gradient, "a gradient", gradient.shape()))
            .toList();
    double[] sums = new double[device.workers()];
    device.runAll((operations, thread) -> sums[thread] = squares(matrices, thread));
    Reference.reachabilityFence(matrices);
    return Math.sqrt(DoubleStream.of(sums).sum());
  }

  private double squares(List<Matrix> gradients, int thread) {
    FloatAddress pointer = new FloatAddress();
    float[] values = new float[CHUNK];
    double[] squares = new double[LANES];
    for (Matrix gradient : gradients) {
      forChunks(
          gradient,
          thread,
          (start, count) -> {
            pointer.at(gradient.address() + start * Float.BYTES).get(values, 0, count);
            addSquares(values, squares, count);
          });
    }
    return DoubleStream.of(squares).sum();
  }

  private interface ChunkTask {
    void accept(long start, int count);
  }

  private void forChunks(Matrix tensor, int thread, ChunkTask task) {
    long size = tensor.rows() * tensor.columns();
    Range own = Range.of(size, thread, device.workers(), REGISTER);
    for (long start = own.from(); start < own.to(); start += CHUNK) {
      task.accept(start, (int) Math.min(CHUNK, own.to() - start));
    }
  }

  /** Sums in double, since squares of floats above 1.8e19 overflow. */
  private static void addSquares(float[] values, double[] squares, int count) {
    for (int start = 0; start < count; start += LANES) {
      int end = Math.min(LANES, count - start);
      for (int i = 0; i < end; i++) {
        double value = values[start + i];
        squares[i] += value * value;
      }
    }
  }

  @Override
  public void close() {
    device.close();
  }
}
