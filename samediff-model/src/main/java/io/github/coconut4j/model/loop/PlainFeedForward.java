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
  public void forward(LayerPass layer, Matrix residual, RowBuffer y) {
    long from = layer.firstRow();
    long n = layer.rows();
    Matrix u = ffnHidden.rows(from, n);
    Matrix a = ffnActivation.rows(from, n);
    LinearWeights upWeights = layer.linear(Role.FEED_FORWARD_UP);
    up.forward(from, input.rows(from, n), upWeights, layer, null, u);
    operations.activation(activation, u, a);
    LinearWeights downWeights = layer.linear(Role.FEED_FORWARD_DOWN);
    down.forward(from, a, downWeights, layer, residual, y.rows(from, n));
  }

  @Override
  public void backward(LayerPass layer, RowBuffer dy, Matrix dx) {
    outputGradient = dy;
    long from = layer.firstRow();
    long n = layer.rows();
    Matrix u = ffnHidden.rows(from, n);
    Matrix a = ffnActivation.rows(from, n);
    Matrix da = workspace.inner(n);
    LinearWeights downWeights = layer.linear(Role.FEED_FORWARD_DOWN);
    down.backward(from, a, dy.rows(from, n), downWeights, layer, false, da);
    operations.activationGradient(activation, u, da, u);
    LinearWeights upWeights = layer.linear(Role.FEED_FORWARD_UP);
    up.backward(from, input.rows(from, n), u, upWeights, layer, false, dx);
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
