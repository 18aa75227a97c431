package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.DropoutSite;
import java.util.ArrayList;
import java.util.List;

/**
 * The self-attention of a block with its projections, and its gradients, for a worker's positions:
 *
 * <pre>
 * Q K V = projections(x)                  y  = attention(Q, K, V) · Wo + bo (+ r)
 * dQ dK dV = attention'(dy · Woᵀ)         dx = projections'(dQ dK dV)
 * </pre>
 *
 * <p>Shapes: x, y and the residual r [n, d], Q [n, heads · s], K and V [n, key and value heads ·
 * s]. With {@code queriedOnly} Q and y exist only at the queried positions. Later passes have added
 * to a pass's dK and dV before they are read; its queries add to those of earlier time steps.
 */
final class SelfAttention implements AutoCloseable {

  private final AdaptedLinear output;
  private final Workspace workspace;
  private final Projections projections;
  private final RowBuffer outputGradient;

  /** The values that each query attends to, before their projection. */
  private final RowBuffer attended;

  /**
   * Makes the attention of a layer.
   *
   * @param input rows x
   * @param outputGradient buffer that will hold the rows dy
   */
  SelfAttention(
      TransformerConfig config,
      LayerOperations operations,
      Workspace workspace,
      RowBuffer input,
      RowBuffer outputGradient) {
    this.workspace = workspace;
    this.outputGradient = outputGradient;
    output = new AdaptedLinear(Role.ATTENTION_OUTPUT, operations, workspace);
    projections = Projections.of(config, operations, workspace, input);
    attended = new RowBuffer(operations.memory(), config.queryWidth());
  }

  /** Makes room as in {@link TransformerBlock#reserve}. */
  void reserve(long rows, long outputs, long queried, boolean queriedOnly) {
    projections.reserve(rows, queried, queriedOnly);
    attended.reserve(outputs);
    output.reserve(outputs);
  }

  /** Makes the first rows of the buffers those of a pass. */
  void startAt(Pass pass, boolean queriedOnly) {
    projections.startAt(pass, queriedOnly);
    attended.startAt(pass.firstQuery(queriedOnly));
    output.startAt(pass.firstQuery(queriedOnly));
  }

  /**
   * y of the layer's rows, the pass's queries.
   *
   * @param residual r, or null
   */
  void forward(LayerPass layer, Attention attention, Matrix residual, RowBuffer y) {
    Pass pass = layer.pass();
    projections.forward(layer);
    attention.store(pass, projections.keys(pass), projections.values(pass));
    long from = layer.firstRow();
    Matrix attendedRows = attended.rows(from, layer.rows());
    MaskedRows dropout = layer.mask(DropoutSite.ATTENTION);
    attention.forward(pass, layer.queriedOnly(), projections.queries(pass), dropout, attendedRows);
    LinearWeights weights = layer.linear(Role.ATTENTION_OUTPUT);
    output.forward(from, attendedRows, weights, layer, residual, y.rows(from, layer.rows()));
  }

  /**
   * dx of the pass's positions.
   *
   * @param layer as in the forward pass
   * @param dx overwritten
   */
  void backward(LayerPass layer, Attention attention, Matrix dx) {
    Pass pass = layer.pass();
    long from = layer.firstRow();
    long n = layer.rows();
    Matrix attendedGradient = workspace.attention(n);
    LinearWeights weights = layer.linear(Role.ATTENTION_OUTPUT);
    Matrix dy = outputGradient.rows(from, n);
    output.backward(from, attended.rows(from, n), dy, weights, layer, false, attendedGradient);
    Matrix queries = projections.queries(pass);
    MaskedRows dropout = layer.mask(DropoutSite.ATTENTION);
    attention.backward(pass, layer.queriedOnly(), queries, dropout, attendedGradient, queries);
    attention.keyValueGradients(pass, projections.keys(pass), projections.values(pass));
    projections.backward(layer, dx);
  }

  /** Stores a pass's keys and values again after a later pass over its time steps replaced them. */
  void restore(Pass pass, Attention attention) {
    attention.store(pass, projections.keys(pass), projections.values(pass));
  }

  /** The contributions of all passes' positions to the gradients of weights and biases. */
  List<GradientSums.Part> gradientParts() {
    List<GradientSums.Part> parts = new ArrayList<>(projections.gradientParts());
    parts.addAll(output.gradientParts(attended.all(), outputGradient.all()));
    return parts;
  }

  /** The norms of queries and keys, if there are any. */
  List<Norm> norms() {
    return projections.norms();
  }

  @Override
  public void close() {
    projections.close();
    attended.close();
    output.close();
  }
}
