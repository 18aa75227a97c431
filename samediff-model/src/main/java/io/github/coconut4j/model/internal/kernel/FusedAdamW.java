package io.github.coconut4j.model.internal.kernel;

import java.util.List;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2) over all tensors in one pass through
 * memory, shared out among worker threads. Values pass through arrays that stay in the cache, on
 * which the loops are vectorised. Serves one caller at a time.
 */
final class FusedAdamW implements AutoCloseable {

  /** Floats of each array taken at a time: four arrays of 16 KB. */
  private static final int CHUNK = 4096;

  /** Sums of squares formed side by side, so that the loop is vectorised. */
  private static final int LANES = 512;

  private final KernelTeam team;

  /** One tensor: its values, gradient, both moments, all [size], and its decay. */
  record Tensor(
      FloatPointer values,
      FloatPointer gradient,
      FloatPointer firstMoment,
      FloatPointer secondMoment,
      long size,
      float weightDecay) {}

  /**
   * A step's settings.
   *
   * @param learningRate of this step
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon added to the root of the second moment
   * @param step number of this step, from 1
   * @param gradientFactor what gradients are multiplied with first, as for clipping
   */
  record Step(
      float learningRate,
      float beta1,
      float beta2,
      float epsilon,
      long step,
      float gradientFactor) {}

  FusedAdamW(int threads) {
    team = new KernelTeam(threads);
  }

  /** The Euclidean norm of all gradients together. */
  double gradientNorm(List<Tensor> tensors) {
    double[] sums = new double[team.size()];
    team.runAll(
        (kernels, part) -> {
          FloatAddress pointer = new FloatAddress();
          float[] gradient = new float[CHUNK];
          double[] squares = new double[LANES];
          forChunks(
              tensors,
              part,
              (tensor, start, count) -> {
                pointer
                    .at(tensor.gradient().address() + start * Float.BYTES)
                    .get(gradient, 0, count);
                addSquares(gradient, squares, count);
              });
          sums[part] = DoubleStream.of(squares).sum();
        });
    return Math.sqrt(DoubleStream.of(sums).sum());
  }

  /** Updates values and moments in place. */
  void update(List<Tensor> tensors, Step step) {
    team.runAll(
        (kernels, part) -> {
          AdamWChunk chunk = new AdamWChunk(CHUNK, step);
          forChunks(tensors, part, chunk::update);
        });
  }

  private interface ChunkTask {
    void accept(Tensor tensor, long start, int count);
  }

  private void forChunks(List<Tensor> tensors, int part, ChunkTask task) {
    for (Tensor tensor : tensors) {
      Share share = Share.of(tensor.size(), part, team.size(), 16);
      for (long start = share.from(); start < share.to(); start += CHUNK) {
        task.accept(tensor, start, (int) Math.min(CHUNK, share.to() - start));
      }
    }
  }

  /** In double: the squares of floats from 1.8e19 on overflow. */
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
    team.close();
  }
}
