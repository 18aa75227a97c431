package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.DropoutSite;
import java.util.ArrayList;
import java.util.List;

/**
 * A transformer block and its gradients, for a worker's positions:
 *
 * <pre>
 * M  = X + m₁ ⊙ attention(norm1(X))        Y  = M + m₂ ⊙ feedForward(norm2(M))
 * dM = dY + norm2'(feedForward'(m₂ ⊙ dY))  dX = dM + norm1'(attention'(m₁ ⊙ dM))
 * </pre>
 *
 * <p>with dropout's multipliers m₁ and m₂. Without dropout the last linear layer of a branch adds
 * the residual.
 *
 * <p>Shapes: X, M and Y [n, d]. In the last block M and Y exist only at the queried positions,
 * unless every position is queried. Each gradient overwrites its activation, which is not read any
 * more by then: attention stores its keys and values elsewhere, and a norm sums its parameters'
 * gradients in the same step.
 */
final class TransformerBlock implements AutoCloseable {

  private final LayerOperations operations;
  private final Workspace workspace;

  /** X, later overwritten by dX. */
  private final RowBuffer input;

  private final RowBuffer norm1Output;

  /** X of the queried positions; only in the last block. */
  private final RowBuffer queriedInput;

  /** M, later overwritten by dM. */
  private final RowBuffer residualMid;

  private final RowBuffer norm2Output;
  private final Norm norm1;
  private final SelfAttention attention;
  private final Norm norm2;
  private final FeedForward feedForward;

  private boolean queriedOnly;

  /**
   * @param workspace shared by a worker's blocks
   * @param training whether {@link #backward} follows
   */
  TransformerBlock(
      TransformerConfig config, LayerOperations operations, Workspace workspace, boolean training) {
    this.operations = operations;
    this.workspace = workspace;
    int width = config.getNEmbd();
    input = new RowBuffer(operations.memory(), width);
    norm1Output = new RowBuffer(operations.memory(), width);
    queriedInput = new RowBuffer(operations.memory(), width);
    residualMid = new RowBuffer(operations.memory(), width);
    norm2Output = new RowBuffer(operations.memory(), width);
    norm1 = new Norm(Role.ATTENTION_NORM, config, width, operations);
    attention = new SelfAttention(config, operations, workspace, norm1Output, residualMid);
    norm2 = new Norm(Role.FEED_FORWARD_NORM, config, width, operations);
    feedForward = FeedForward.of(config, operations, workspace, norm2Output, training);
  }

  /** Rows X; after the backward pass dX. */
  RowBuffer input() {
    return input;
  }

  /**
   * Makes room for a batch.
   *
   * @param rows number of positions
   * @param outputs number of positions at which M and Y are computed
   * @param queried number of queried positions if M and Y are computed only there, otherwise 0
   * @param queriedOnly whether they are computed only there
   */
  void reserve(long rows, long outputs, long queried, boolean queriedOnly) {
    this.queriedOnly = queriedOnly;
    List.of(input, norm1Output).forEach(buffer -> buffer.reserve(rows));
    List.of(residualMid, norm2Output).forEach(buffer -> buffer.reserve(outputs));
    queriedInput.reserve(queried);
    norm1.reserve(rows);
    attention.reserve(rows, outputs, queried, queriedOnly);
    norm2.reserve(outputs);
    feedForward.reserve(outputs);
  }

  /**
   * Makes the first rows of the buffers those of a pass: without gradients only one pass is stored
   * at a time.
   */
  void startAt(Pass pass, boolean queriedOnly) {
    this.queriedOnly = queriedOnly;
    long query = pass.firstQuery(queriedOnly);
    List.of(input, norm1Output).forEach(buffer -> buffer.startAt(pass.firstRow()));
    List.of(residualMid, norm2Output, queriedInput).forEach(buffer -> buffer.startAt(query));
    norm1.startAt(pass.firstRow());
    attention.startAt(pass, queriedOnly);
    norm2.startAt(query);
    feedForward.startAt(query);
  }

  /** Y of the pass's queries from X of its positions. */
  void forward(
      Pass pass,
      Attention keysAndValues,
      LayerParameters parameters,
      WorkerDropout dropout,
      RowBuffer output) {
    LayerPass layer = new LayerPass(pass, parameters, dropout, queriedOnly);
    long from = layer.firstRow();
    long n = layer.rows();
    norm1.forward(pass.firstRow(), pass.rows(), input, parameters, norm1Output);
    Matrix x = residual(pass);
    MaskedRows m1 = layer.mask(DropoutSite.ATTENTION_OUTPUT);
    attention.forward(layer, keysAndValues, m1 == null ? x : null, residualMid);
    Matrix m = residualMid.rows(from, n);
    addDropped(m1, m, x);
    norm2.forward(from, n, residualMid, parameters, norm2Output);
    MaskedRows m2 = layer.mask(DropoutSite.FEED_FORWARD_OUTPUT);
    feedForward.forward(layer, m2 == null ? m : null, output);
    addDropped(m2, output.rows(from, n), m);
  }

  /** y = r + m ⊙ y with dropout; without it r was added already. */
  private void addDropped(MaskedRows dropout, Matrix y, Matrix residual) {
    if (dropout != null) {
      operations.dropout(dropout, y, residual, y);
    }
  }

  private Matrix residual(Pass pass) {
    Matrix x = input.rows(pass.firstRow(), pass.rows());
    if (!queriedOnly) {
      return x;
    }
    Matrix queried = queriedInput.rows(pass.firstQuery(true), pass.queries(true));
    operations.copyRows(x, pass.queriedRows(), queried, null);
    return queried;
  }

  /** Sets the norms' parameter gradients to 0. */
  void startGradients() {
    norms().forEach(Norm::startGradients);
  }

  /** dX of the pass's positions from dY of its queries. */
  void backward(
      Pass pass,
      Attention keysAndValues,
      LayerParameters parameters,
      WorkerDropout dropout,
      RowBuffer outputGradient) {
    LayerPass layer = new LayerPass(pass, parameters, dropout, queriedOnly);
    long from = layer.firstRow();
    Matrix gradient = workspace.residual(layer.rows());
    MaskedRows m2 = layer.mask(DropoutSite.FEED_FORWARD_OUTPUT);
    Matrix dy = splitGradient(m2, outputGradient.rows(from, gradient.rows()));
    feedForward.backward(layer, outputGradient, gradient);
    norm2.backward(from, residualMid, parameters, gradient, gradient);
    Matrix residualMidGradient = residualMid.rows(from, gradient.rows());
    operations.add(gradient, dy, residualMidGradient);

    Matrix inputGradient = workspace.residual(pass.rows());
    MaskedRows m1 = layer.mask(DropoutSite.ATTENTION_OUTPUT);
    Matrix dm = splitGradient(m1, residualMidGradient);
    attention.backward(layer, keysAndValues, inputGradient);
    norm1.backward(pass.firstRow(), input, parameters, inputGradient, inputGradient);
    addResidual(pass, inputGradient, dm);
  }

  /**
   * The gradient of a residual sum. With dropout the branch's gradient, m ⊙ dy, overwrites dy,
   * where the branch and the gradients of its weights read it.
   */
  private Matrix splitGradient(MaskedRows dropout, Matrix dy) {
    if (dropout == null) {
      return dy;
    }
    Matrix kept = workspace.kept(dy.rows());
    operations.copy(dy, kept);
    operations.dropout(dropout, dy, null, dy);
    return kept;
  }

  private void addResidual(Pass pass, Matrix gradient, Matrix residualGradient) {
    Matrix x = input.rows(pass.firstRow(), pass.rows());
    if (queriedOnly) {
      int[] rows = pass.queriedRows();
      operations.copy(gradient, x);
      operations.addRows(x, rows, residualGradient, null, x, rows);
    } else {
      operations.add(gradient, residualGradient, x);
    }
  }

  /** Stores a pass's keys and values again after a later pass over its time steps replaced them. */
  void restore(Pass pass, Attention keysAndValues) {
    attention.restore(pass, keysAndValues);
  }

  /** The contributions of all passes' positions to the gradients of the linear layers. */
  List<GradientSums.Part> gradientParts() {
    List<GradientSums.Part> parts = new ArrayList<>(attention.gradientParts());
    parts.addAll(feedForward.gradientParts());
    return parts;
  }

  /** All norms, with the sums of their parameters' gradients. */
  List<Norm> norms() {
    List<Norm> norms = new ArrayList<>(List.of(norm1, norm2));
    norms.addAll(attention.norms());
    return norms;
  }

  @Override
  public void close() {
    List.of(input, norm1Output, queriedInput, residualMid, norm2Output).forEach(RowBuffer::close);
    norm1.close();
    attention.close();
    norm2.close();
    feedForward.close();
  }
}
