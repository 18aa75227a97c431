package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * A layer normalization of a worker's positions, and its gradients:
 *
 * <pre>
 * y = (x - mean) / sqrt(variance + epsilon) ⊙ scale + shift, mean and variance over a row
 * dx as autograd has it, dscale = Σ dy ⊙ (x - mean) / sqrt(variance + epsilon), dshift = Σ dy
 * </pre>
 *
 * <p>Shapes: x and y [n, d], scale and shift [1, d].
 */
final class Norm implements AutoCloseable {

  private static final int[] FIRST = {0};
  private static final int[] SCALE = {0};
  private static final int[] SHIFT = {1};

  private final LayerOperations operations;
  private final Role role;
  private final float epsilon;

  /** Means, then variances; [2, capacity]. */
  private final DeviceMemory statistics;

  private long address;
  private long capacity;
  private long origin;

  /** Of scale and shift, summed up over the passes [2, d]. */
  private final RowBuffer gradients;

  Norm(Role role, float epsilon, int width, LayerOperations operations) {
    this.role = role;
    this.epsilon = epsilon;
    this.operations = operations;
    statistics = operations.memory();
    gradients = new RowBuffer(operations.memory(), width);
  }

  /** Makes room for the statistics of so many rows. */
  void reserve(long rows) {
    capacity = 0;
    address = statistics.require(2 * rows);
    capacity = rows;
    origin = 0;
  }

  /** Lets the statistics begin at a row. */
  void startAt(long row) {
    origin = row;
  }

  private Matrix statistics(long from, long n) {
    return new Matrix(address + (from - origin) * Float.BYTES, 2, n, capacity, null);
  }

  /** y of rows [from, from + n) of x, whose statistics are kept. */
  void forward(long from, long n, RowBuffer x, Parameters parameters, int layer, RowBuffer y) {
    operations.layerNorm(
        x.rows(from, n),
        parameters.weight(role, layer),
        parameters.bias(role, layer),
        epsilon,
        statistics(from, n),
        y.rows(from, n));
  }

  /** Sets the parameters' gradients to 0. */
  void startGradients() {
    gradients.reserve(2);
    operations.clear(gradients.all());
  }

  /**
   * dx of rows [from, from + n) of x, and their part of the parameters' gradients.
   *
   * @param dx overwritten; it may be dy
   */
  void backward(long from, RowBuffer x, Parameters parameters, int layer, Matrix dy, Matrix dx) {
    operations.layerNormGradient(
        x.rows(from, dy.rows()),
        statistics(from, dy.rows()),
        parameters.weight(role, layer),
        epsilon,
        dy,
        dx,
        gradients.all());
  }

  /** Writes the parameters' gradients, summed up over all workers. */
  static void parameterGradients(
      LayerOperations operations, List<Norm> workers, int layer, Parameters gradients) {
    Role role = workers.get(0).role;
    sum(operations, workers, SCALE, gradients.weight(role, layer));
    sum(operations, workers, SHIFT, gradients.bias(role, layer));
  }

  private static void sum(
      LayerOperations operations, List<Norm> workers, int[] row, Matrix target) {
    operations.copyRows(workers.get(0).gradients.all(), row, target, FIRST);
    for (Norm other : workers.subList(1, workers.size())) {
      operations.addRows(target, FIRST, other.gradients.all(), row, target, FIRST);
    }
  }

  @Override
  public void close() {
    statistics.close();
    gradients.close();
  }
}
