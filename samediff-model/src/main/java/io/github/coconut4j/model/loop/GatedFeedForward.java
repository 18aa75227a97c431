package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Llama's feed-forward layer (Shazeer 2020, arXiv 2002.05202): one projection gates another after f
 * was applied to it.
 *
 * <pre>
 * G  = x · Wgate + bgate      U  = x · Wup + bup      A = f(G) ⊙ U      y = A · Wdown + bdown (+ r)
 * dA = dy · Wdownᵀ            dU = dA ⊙ f(G)          dG = dA ⊙ U ⊙ f'(G)
 * dx = dG · Wgateᵀ + dU · Wupᵀ
 * </pre>
 *
 * <p>Shapes: G, U and A [n, inner].
 */
final class GatedFeedForward implements FeedForward {

  private final LayerOperations operations;
  private final AdaptedLinear gateProjection;
  private final AdaptedLinear up;
  private final AdaptedLinear down;
  private final Workspace workspace;
  private final Activation activation;
  private final RowBuffer input;

  /** G and U, later overwritten by their gradients. */
  private final RowBuffer gate;

  private final RowBuffer ffnHidden;

  /** A; without gradients it overwrites G. */
  private final RowBuffer ffnActivation;

  /** dy, for the weights' gradients. */
  private RowBuffer outputGradient;

  GatedFeedForward(
      TransformerConfig config,
      LayerOperations operations,
      Workspace workspace,
      RowBuffer input,
      boolean training) {
    this.operations = operations;
    this.workspace = workspace;
    this.input = input;
    activation = config.getActivationFunction();
    gateProjection = new AdaptedLinear(Role.FEED_FORWARD_GATE, operations, workspace);
    up = new AdaptedLinear(Role.FEED_FORWARD_UP, operations, workspace);
    down = new AdaptedLinear(Role.FEED_FORWARD_DOWN, operations, workspace);
    gate = new RowBuffer(operations.memory(), config.innerSize());
    ffnHidden = new RowBuffer(operations.memory(), config.innerSize());
    ffnActivation = training ? new RowBuffer(operations.memory(), config.innerSize()) : gate;
  }

  @Override
  public void reserve(long rows) {
    List.of(gate, ffnHidden, ffnActivation).forEach(buffer -> buffer.reserve(rows));
    List.of(gateProjection, up, down).forEach(linear -> linear.reserve(rows));
  }

  @Override
  public void startAt(long row) {
    List.of(gate, ffnHidden, ffnActivation).forEach(buffer -> buffer.startAt(row));
    List.of(gateProjection, up, down).forEach(linear -> linear.startAt(row));
  }

  @Override
  public void forward(LayerPass layer, Matrix residual, RowBuffer y) {
    long from = layer.firstRow();
    long n = layer.rows();
    Matrix x = input.rows(from, n);
    Matrix g = gate.rows(from, n);
    Matrix u = ffnHidden.rows(from, n);
    Matrix a = ffnActivation.rows(from, n);
    LinearWeights gateWeights = layer.linear(Role.FEED_FORWARD_GATE);
    gateProjection.forward(from, x, gateWeights, layer, null, g);
    up.forward(from, x, layer.linear(Role.FEED_FORWARD_UP), layer, null, u);
    operations.gate(activation, g, u, a);
    LinearWeights downWeights = layer.linear(Role.FEED_FORWARD_DOWN);
    down.forward(from, a, downWeights, layer, residual, y.rows(from, n));
  }

  @Override
  public void backward(LayerPass layer, RowBuffer dy, Matrix dx) {
    outputGradient = dy;
    long from = layer.firstRow();
    long n = layer.rows();
    Matrix g = gate.rows(from, n);
    Matrix u = ffnHidden.rows(from, n);
    Matrix a = ffnActivation.rows(from, n);
    Matrix da = workspace.inner(n);
    LinearWeights downWeights = layer.linear(Role.FEED_FORWARD_DOWN);
    down.backward(from, a, dy.rows(from, n), downWeights, layer, false, da);
    operations.gateGradient(activation, g, u, da);
    Matrix x = input.rows(from, n);
    LinearWeights gateWeights = layer.linear(Role.FEED_FORWARD_GATE);
    gateProjection.backward(from, x, g, gateWeights, layer, false, dx);
    up.backward(from, x, u, layer.linear(Role.FEED_FORWARD_UP), layer, true, dx);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    List<GradientSums.Part> parts =
        new ArrayList<>(gateProjection.gradientParts(input.all(), gate.all()));
    parts.addAll(up.gradientParts(input.all(), ffnHidden.all()));
    parts.addAll(down.gradientParts(ffnActivation.all(), outputGradient.all()));
    return parts;
  }

  @Override
  public void close() {
    List.of(gate, ffnHidden, ffnActivation).forEach(RowBuffer::close);
    List.of(gateProjection, up, down).forEach(AdaptedLinear::close);
  }
}
