package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * CODI's projection of thoughts, two linear layers and a layer norm:
 *
 * <pre>
 * U  = x · W₁ᵀ + b₁                 Y  = gelu(U) · W₂ᵀ + b₂       z  = LayerNorm(Y)
 * dU = (dY · W₂) ⊙ gelu'(U)         dY = LayerNorm'(dz)           dx = dU · W₁
 * </pre>
 *
 * <p>Shapes: x and z [n, d], U [n, p], W₁ [p, d], W₂ [d, p].
 */
final class ThoughtProjector implements MappedThoughts.RowMap {

  private static final Activation GELU = Activation.GELU;

  private final LayerOperations operations;
  private final Linear linear;
  private final Norm norm;

  /** U, later overwritten by dU. */
  private final RowBuffer inner;

  /** gelu(U). */
  private final RowBuffer activated;

  /** d(gelu(U)), for one pass at a time. */
  private final RowBuffer activatedGradient;

  /** Y, later overwritten by dY. */
  private final RowBuffer output;

  ThoughtProjector(TransformerConfig config, LayerOperations operations) {
    this.operations = operations;
    linear = operations.linear();
    int width = config.getNEmbd();
    int innerWidth = config.getThoughtMap().getProjectionWidth();
    norm = new Norm(Role.THOUGHT_NORM, false, ThoughtMapConfig.NORM_EPSILON, width, operations);
    inner = new RowBuffer(operations.memory(), innerWidth);
    activated = new RowBuffer(operations.memory(), innerWidth);
    activatedGradient = new RowBuffer(operations.memory(), innerWidth);
    output = new RowBuffer(operations.memory(), width);
  }

  @Override
  public void reserve(long rows) {
    List.of(inner, activated, output).forEach(buffer -> buffer.reserve(rows));
    norm.reserve(rows);
  }

  @Override
  public void startAt(long row) {
    List.of(inner, activated, output).forEach(buffer -> buffer.startAt(row));
    norm.startAt(row);
  }

  @Override
  public void forward(long from, long n, RowBuffer x, Parameters parameters, RowBuffer z) {
    Matrix u = inner.rows(from, n);
    Matrix a = activated.rows(from, n);
    linear.forward(x.rows(from, n), parameters.outsideBlocks().linear(Role.THOUGHT_UP), null, u);
    operations.activation(GELU, u, a);
    linear.forward(
        a, parameters.outsideBlocks().linear(Role.THOUGHT_DOWN), null, output.rows(from, n));
    norm.forward(from, n, output, parameters.outsideBlocks(), z);
  }

  @Override
  public void startGradients() {
    norm.startGradients();
  }

  @Override
  public void backward(long from, RowBuffer x, Parameters parameters, Matrix dz, Matrix dx) {
    long n = dz.rows();
    Matrix u = inner.rows(from, n);
    Matrix dy = output.rows(from, n);
    norm.backward(from, output, parameters.outsideBlocks(), dz, dz);
    operations.copy(dz, dy);
    activatedGradient.reserve(n);
    Matrix da = activatedGradient.all();
    linear.inputGradient(dy, parameters.outsideBlocks().linear(Role.THOUGHT_DOWN), false, da);
    operations.activationGradient(GELU, u, da, u);
    linear.inputGradient(u, parameters.outsideBlocks().linear(Role.THOUGHT_UP), false, dx);
  }

  @Override
  public List<GradientSums.Part> gradientParts(Matrix x) {
    return List.of(
        part(Role.THOUGHT_UP, x, inner.all()),
        part(Role.THOUGHT_DOWN, activated.all(), output.all()));
  }

  private static GradientSums.Part part(Role role, Matrix x, Matrix dy) {
    return new GradientSums.Part(role, Kind.WEIGHT, 0, List.of(new Linear.Term(x, dy)));
  }

  @Override
  public List<Norm> norms() {
    return List.of(norm);
  }

  @Override
  public void close() {
    norm.close();
    List.of(inner, activated, activatedGradient, output).forEach(RowBuffer::close);
  }
}
