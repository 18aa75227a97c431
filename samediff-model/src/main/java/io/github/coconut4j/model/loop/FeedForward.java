package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * The feed-forward layer of a block and its gradients, for a worker's positions:
 *
 * <pre>
 * U  = x · Wup + bup                      y  = r + gelu(U) · Wdown + bdown
 * dU = (dy · Wdownᵀ) ⊙ gelu'(U)           dx = dU · Wupᵀ
 * </pre>
 *
 * <p>Shapes: x, y and the residual r [n, d], U [n, inner].
 */
final class FeedForward implements AutoCloseable {

  private final LayerOperations operations;
  private final Linear linear;
  private final Workspace workspace;
  private final RowBuffer input;

  /** U, in whose place dU comes. */
  private final RowBuffer hidden;

  private final RowBuffer activated;

  /** dy, for the weights' gradients. */
  private RowBuffer outputGradient;

  /**
   * @param input rows x
   * @param inner columns of U
   * @param training whether gradients follow; otherwise gelu(U) comes in the place of U
   */
  FeedForward(
      LayerOperations operations,
      Workspace workspace,
      RowBuffer input,
      int inner,
      boolean training) {
    this.operations = operations;
    this.workspace = workspace;
    this.input = input;
    linear = operations.linear();
    hidden = new RowBuffer(operations.memory(), inner);
    activated = training ? new RowBuffer(operations.memory(), inner) : hidden;
  }

  void reserve(long rows) {
    hidden.reserve(rows);
    activated.reserve(rows);
  }

  void startAt(long row) {
    hidden.startAt(row);
    activated.startAt(row);
  }

  /** y of rows [from, from + n). */
  void forward(
      long from, long n, Parameters parameters, int layer, RowBuffer residual, RowBuffer y) {
    Matrix u = hidden.rows(from, n);
    linear.forward(
        input.rows(from, n),
        parameters.weight(Role.FEED_FORWARD_UP, layer),
        parameters.bias(Role.FEED_FORWARD_UP, layer),
        null,
        u);
    operations.gelu(u, activated.rows(from, n));
    linear.forward(
        activated.rows(from, n),
        parameters.weight(Role.FEED_FORWARD_DOWN, layer),
        parameters.bias(Role.FEED_FORWARD_DOWN, layer),
        residual.rows(from, n),
        y.rows(from, n));
  }

  /**
   * dx of rows [from, from + n).
   *
   * @param dx [n, d], overwritten
   */
  void backward(long from, Parameters parameters, int layer, RowBuffer dy, Matrix dx) {
    outputGradient = dy;
    long n = dx.rows();
    Matrix activatedGradient = workspace.inner(n);
    Matrix u = hidden.rows(from, n);
    linear.inputGradient(
        dy.rows(from, n), parameters.weight(Role.FEED_FORWARD_DOWN, layer), activatedGradient);
    operations.geluGradient(u, activatedGradient, u);
    linear.inputGradient(u, parameters.weight(Role.FEED_FORWARD_UP, layer), dx);
  }

  /** One thread's columns of the weights' and biases' gradients, over all workers and passes. */
  static void parameterGradients(GradientSums sums, List<FeedForward> workers, int layer) {
    sums.add(
        Role.FEED_FORWARD_UP,
        layer,
        workers.stream().map(each -> term(each.input, each.hidden)).toList());
    sums.add(
        Role.FEED_FORWARD_DOWN,
        layer,
        workers.stream().map(each -> term(each.activated, each.outputGradient)).toList());
  }

  private static Linear.Term term(RowBuffer x, RowBuffer dy) {
    return new Linear.Term(x.all(), dy.all());
  }

  @Override
  public void close() {
    hidden.close();
    activated.close();
  }
}
