package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * GPT-2's feed-forward layer: two projections, f between them.
 *
 * <pre>
 * U  = x · Wup + bup                      y  = r + f(U) · Wdown + bdown
 * dU = (dy · Wdownᵀ) ⊙ f'(U)              dx = dU · Wupᵀ
 * </pre>
 *
 * <p>Shapes: U [n, inner].
 */
final class PlainFeedForward implements FeedForward {

  private final LayerOperations operations;
  private final Linear linear;
  private final Workspace workspace;
  private final Activation activation;
  private final RowBuffer input;

  /** U, in whose place dU comes. */
  private final RowBuffer ffnHidden;

  /** f(U); without gradients in the place of U. */
  private final RowBuffer ffnActivation;

  /** dy, for the weights' gradients. */
  private RowBuffer outputGradient;

  PlainFeedForward(
      TransformerConfig config,
      LayerOperations operations,
      Workspace workspace,
      RowBuffer input,
      boolean training) {
    this.operations = operations;
    this.workspace = workspace;
    this.input = input;
    activation = config.getActivationFunction();
    linear = operations.linear();
    ffnHidden = new RowBuffer(operations.memory(), config.innerSize());
    ffnActivation = training ? new RowBuffer(operations.memory(), config.innerSize()) : ffnHidden;
  }

  @Override
  public void reserve(long rows) {
    ffnHidden.reserve(rows);
    ffnActivation.reserve(rows);
  }

  @Override
  public void startAt(long row) {
    ffnHidden.startAt(row);
    ffnActivation.startAt(row);
  }

  @Override
  public void forward(
      long from, long n, Parameters parameters, int layer, RowBuffer residual, RowBuffer y) {
    Matrix u = ffnHidden.rows(from, n);
    linear.forward(input.rows(from, n), parameters.linear(Role.FEED_FORWARD_UP, layer), null, u);
    operations.activation(activation, u, ffnActivation.rows(from, n));
    linear.forward(
        ffnActivation.rows(from, n),
        parameters.linear(Role.FEED_FORWARD_DOWN, layer),
        residual.rows(from, n),
        y.rows(from, n));
  }

  @Override
  public void backward(long from, Parameters parameters, int layer, RowBuffer dy, Matrix dx) {
    outputGradient = dy;
    long n = dx.rows();
    Matrix gradient = workspace.inner(n);
    Matrix u = ffnHidden.rows(from, n);
    linear.inputGradient(
        dy.rows(from, n), parameters.linear(Role.FEED_FORWARD_DOWN, layer), false, gradient);
    operations.activationGradient(activation, u, gradient, u);
    linear.inputGradient(u, parameters.linear(Role.FEED_FORWARD_UP, layer), false, dx);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    return List.of(
        GradientSums.Part.of(Role.FEED_FORWARD_UP, input, ffnHidden),
        GradientSums.Part.of(Role.FEED_FORWARD_DOWN, ffnActivation, outputGradient));
  }

  @Override
  public void close() {
    ffnHidden.close();
    ffnActivation.close();
  }
}
