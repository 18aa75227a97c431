package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * GPT-2's feed-forward layer: two projections, f between them.
 *
 * <pre>
 * U  = x · Wup + bup                      y  = f(U) · Wdown + bdown (+ r)
 * dU = (dy · Wdownᵀ) ⊙ f'(U)              dx = dU · Wupᵀ
 * </pre>
 *
 * <p>Shapes: U [n, inner].
 */
final class PlainFeedForward implements FeedForward {

  private final LayerOperations operations;
  private final AdaptedLinear up;
  private final AdaptedLinear down;
  private final Workspace workspace;
  private final Activation activation;
  private final RowBuffer input;

  /** U, later overwritten by dU. */
  private final RowBuffer ffnHidden;

  /** f(U); without gradients it overwrites U. */
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
    up = new AdaptedLinear(Role.FEED_FORWARD_UP, operations, workspace);
    down = new AdaptedLinear(Role.FEED_FORWARD_DOWN, operations, workspace);
    ffnHidden = new RowBuffer(operations.memory(), config.innerSize());
    ffnActivation = training ? new RowBuffer(operations.memory(), config.innerSize()) : ffnHidden;
  }

  @Override
  public void reserve(long rows) {
    ffnHidden.reserve(rows);
    ffnActivation.reserve(rows);
    up.reserve(rows);
    down.reserve(rows);
  }

  @Override
  public void startAt(long row) {
    ffnHidden.startAt(row);
    ffnActivation.startAt(row);
    up.startAt(row);
    down.startAt(row);
  }

  @Override
  public void forward(
      long from,
      long n,
      Parameters parameters,
      int layer,
      LayerMasks masks,
      Matrix residual,
      RowBuffer y) {
    Matrix u = ffnHidden.rows(from, n);
    Matrix x = input.rows(from, n);
    up.forward(from, x, parameters.linear(Role.FEED_FORWARD_UP, layer), masks, null, u);
    operations.activation(activation, u, ffnActivation.rows(from, n));
    down.forward(
        from,
        ffnActivation.rows(from, n),
        parameters.linear(Role.FEED_FORWARD_DOWN, layer),
        masks,
        residual,
        y.rows(from, n));
  }

  @Override
  public void backward(
      long from, Parameters parameters, int layer, LayerMasks masks, RowBuffer dy, Matrix dx) {
    outputGradient = dy;
    long n = dx.rows();
    Matrix gradient = workspace.inner(n);
    Matrix u = ffnHidden.rows(from, n);
    LinearWeights weights = parameters.linear(Role.FEED_FORWARD_DOWN, layer);
    Matrix activated = ffnActivation.rows(from, n);
    down.backward(from, activated, dy.rows(from, n), weights, masks, false, gradient);
    operations.activationGradient(activation, u, gradient, u);
    Matrix x = input.rows(from, n);
    up.backward(from, x, u, parameters.linear(Role.FEED_FORWARD_UP, layer), masks, false, dx);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    List<GradientSums.Part> parts = new ArrayList<>(up.gradientParts(input.all(), ffnHidden.all()));
    parts.addAll(down.gradientParts(ffnActivation.all(), outputGradient.all()));
    return parts;
  }

  @Override
  public void close() {
    ffnHidden.close();
    ffnActivation.close();
    up.close();
    down.close();
  }
}
