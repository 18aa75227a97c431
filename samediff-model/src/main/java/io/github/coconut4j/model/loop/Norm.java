package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * A norm over a worker's positions and its gradients; GPT-2's layer norm or Llama's RMS norm:
 *
 * <pre>
 * y = (x - mean) / sqrt(variance + epsilon) ⊙ scale + shift, mean and variance over a row
 * y = x / sqrt(mean square + epsilon) ⊙ scale
 * dx as autograd has it, dscale = Σ dy ⊙ (y before scale and shift), dshift = Σ dy
 * </pre>
 *
 * <p>Shapes: x and y [n, d], scale and shift [1, d].
 */
final class Norm implements AutoCloseable {

  /** Row indices of the parameters' gradients. */
  private static final int SCALE = 0;

  private static final int SHIFT = 1;

  private final LayerOperations operations;
  private final Role role;
  private final float epsilon;

  /** Whether it is an RMS norm. */
  private final boolean rms;

  /** Means, then variances [2, capacity]; for an RMS norm mean squares [1, capacity]. */
  private final DeviceMemory statistics;

  private long address;
  private long capacity;
  private long origin;

  /** Gradients of scale and shift, summed over the passes [2, d]; for an RMS norm [1, d]. */
  private final RowBuffer gradients;

  /**
   * Makes the norm of an architecture.
   *
   * @param width d
   */
  Norm(Role role, TransformerConfig config, int width, LayerOperations operations) {
    this(role, config.isLlamaFamily(), config.getLayerNormEpsilon(), width, operations);
  }

  /** Makes a norm of either kind. */
  Norm(Role role, boolean rms, double epsilon, int width, LayerOperations operations) {
    this.role = role;
    this.operations = operations;
    this.epsilon = (float) epsilon;
    this.rms = rms;
    statistics = operations.memory();
    gradients = new RowBuffer(operations.memory(), width);
  }

  /** Makes room for the statistics of this many rows. */
  void reserve(long rows) {
    capacity = 0;
    address = statistics.require(vectors() * rows);
    capacity = rows;
    origin = 0;
  }

  /** Sets the row at which the statistics begin. */
  void startAt(long row) {
    origin = row;
  }

  /** Number of its parameters, which is also the number of statistics per row. */
  private int vectors() {
    return rms ? 1 : 2;
  }

  private Matrix statistics(long from, long n) {
    return new Matrix(address + (from - origin) * Float.BYTES, vectors(), n, capacity, null);
  }

  /** Computes y of rows [from, from + n) of x and stores their statistics. */
  void forward(long from, long n, RowBuffer x, LayerParameters parameters, RowBuffer y) {
    Matrix scale = parameters.weight(role);
    Matrix input = x.rows(from, n);
    if (rms) {
      operations.rmsNorm(input, scale, epsilon, statistics(from, n), y.rows(from, n));
    } else {
      Matrix shift = parameters.bias(role);
      operations.layerNorm(input, scale, shift, epsilon, statistics(from, n), y.rows(from, n));
    }
  }

  /** Sets the parameters' gradients to 0. */
  void startGradients() {
    gradients.reserve(vectors());
    operations.clear(gradients.all());
  }

  /**
   * Computes dx of rows [from, from + n) of x, and adds their part to the parameters' gradients.
   *
   * @param dx overwritten; it may be dy
   */
  void backward(long from, RowBuffer x, LayerParameters parameters, Matrix dy, Matrix dx) {
    Matrix input = x.rows(from, dy.rows());
    Matrix own = statistics(from, dy.rows());
    Matrix scale = parameters.weight(role);
    Matrix sums = gradients.all();
    if (rms) {
      operations.rmsNormGradient(input, own, scale, epsilon, dy, dx, sums);
    } else {
      operations.layerNormGradient(input, own, scale, epsilon, dy, dx, sums);
    }
  }

  /** Writes the gradients of trained parameters, summed over all workers. */
  static void parameterGradients(
      LayerOperations operations, List<Norm> workers, LayerParameters gradients) {
    Role role = workers.get(0).role;
    sum(operations, workers, SCALE, gradients.weight(role));
    if (!workers.get(0).rms) {
      sum(operations, workers, SHIFT, gradients.bias(role));
    }
  }

  private static void sum(LayerOperations operations, List<Norm> workers, int row, Matrix target) {
    if (target == null) {
      return;
    }
    operations.copy(workers.get(0).gradients.all().rows(row, 1), target);
    for (Norm other : workers.subList(1, workers.size())) {
      operations.add(target, other.gradients.all().rows(row, 1), target);
    }
  }

  @Override
  public void close() {
    statistics.close();
    gradients.close();
  }
}
