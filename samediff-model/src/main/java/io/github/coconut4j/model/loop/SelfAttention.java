package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * The self-attention of a block with its projections, and its gradients, for a worker's positions:
 *
 * <pre>
 * Q K V = x · Wqkv + bqkv                 y  = r + attention(Q, K, V) · Wo + bo
 * dQ dK dV = attention'(dy · Woᵀ)         dx = dQ dK dV · Wqkvᵀ
 * </pre>
 *
 * <p>Shapes: x, y and the residual r [n, d], Q, K and V [n, d] side by side. With {@code
 * queriedOnly} Q and y exist at the queried positions alone. Later passes have added to a pass's dK
 * and dV before they are read; its queries add to those of earlier time steps.
 */
final class SelfAttention implements AutoCloseable {

  private final int width;
  private final LayerOperations operations;
  private final Linear linear;
  private final Workspace workspace;
  private final RowBuffer input;
  private final RowBuffer outputGradient;

  /** Q, K and V, in whose places their gradients come. */
  private final RowBuffer queryKeyValue;

  /** x and Q of the queried positions; with {@code queriedOnly} alone. */
  private final RowBuffer queriedInput;

  private final RowBuffer queries;

  /** The values that each query attends to, before their projection. */
  private final RowBuffer attended;

  private boolean queriedOnly;

  /**
   * @param input rows x
   * @param outputGradient where rows dy will be
   */
  SelfAttention(
      LayerOperations operations,
      Workspace workspace,
      int width,
      RowBuffer input,
      RowBuffer outputGradient) {
    this.operations = operations;
    this.workspace = workspace;
    this.width = width;
    this.input = input;
    this.outputGradient = outputGradient;
    linear = operations.linear();
    queryKeyValue = new RowBuffer(operations.memory(), 3 * width);
    queriedInput = new RowBuffer(operations.memory(), width);
    queries = new RowBuffer(operations.memory(), width);
    attended = new RowBuffer(operations.memory(), width);
  }

  /** Makes room as {@link TransformerBlock#reserve}. */
  void reserve(long rows, long outputs, long queried, boolean onlyQueried) {
    queriedOnly = onlyQueried;
    queryKeyValue.reserve(rows);
    attended.reserve(outputs);
    queriedInput.reserve(queried);
    queries.reserve(queried);
  }

  /** Lets the first rows be those of a pass. */
  void startAt(Pass pass, boolean onlyQueried) {
    queriedOnly = onlyQueried;
    queryKeyValue.startAt(pass.firstRow());
    List.of(attended, queriedInput, queries)
        .forEach(buffer -> buffer.startAt(pass.firstQuery(onlyQueried)));
  }

  /** y of the pass's queries. */
  void forward(
      Pass pass,
      Attention attention,
      Parameters parameters,
      int layer,
      Matrix residual,
      RowBuffer y) {
    project(pass, parameters, layer);
    attention.store(pass, projected(pass, 1), projected(pass, 2));
    long from = pass.firstQuery(queriedOnly);
    long n = pass.queries(queriedOnly);
    attention.forward(pass, queriedOnly, queries(pass), attended.rows(from, n));
    linear.forward(
        attended.rows(from, n),
        parameters.weight(Role.ATTENTION_OUTPUT, layer),
        parameters.bias(Role.ATTENTION_OUTPUT, layer),
        residual,
        y.rows(from, n));
  }

  private void project(Pass pass, Parameters parameters, int layer) {
    Matrix weight = parameters.weight(Role.QUERY_KEY_VALUE, layer);
    Matrix bias = parameters.bias(Role.QUERY_KEY_VALUE, layer);
    Matrix x = input.rows(pass.firstRow(), pass.rows());
    Matrix y = queryKeyValue.rows(pass.firstRow(), pass.rows());
    if (!queriedOnly) {
      linear.forward(x, weight, bias, null, y);
      return;
    }
    long keysAndValues = 2L * width;
    linear.forward(
        x,
        weight.columns(width, keysAndValues),
        bias.columns(width, keysAndValues),
        null,
        y.columns(width, keysAndValues));
    Matrix queried = queriedInput.rows(pass.firstQuery(true), pass.queries(true));
    operations.copyRows(x, pass.queriedRows(), queried, null);
    linear.forward(queried, weight.columns(0, width), bias.columns(0, width), null, queries(pass));
  }

  private Matrix queries(Pass pass) {
    return queriedOnly
        ? queries.rows(pass.firstQuery(true), pass.queries(true))
        : projected(pass, 0);
  }

  /** Q, K or V of a pass. */
  private Matrix projected(Pass pass, int part) {
    return queryKeyValue.rows(pass.firstRow(), pass.rows()).columns((long) part * width, width);
  }

  /**
   * dx of the pass's positions.
   *
   * @param dx overwritten
   */
  void backward(Pass pass, Attention attention, Parameters parameters, int layer, Matrix dx) {
    long from = pass.firstQuery(queriedOnly);
    long n = pass.queries(queriedOnly);
    Matrix attendedGradient = workspace.attention(n);
    linear.inputGradient(
        outputGradient.rows(from, n),
        parameters.weight(Role.ATTENTION_OUTPUT, layer),
        attendedGradient);
    attention.backward(pass, queriedOnly, queries(pass), attendedGradient, queries(pass));
    attention.keyValueGradients(pass, projected(pass, 1), projected(pass, 2));
    projectBackward(pass, parameters.weight(Role.QUERY_KEY_VALUE, layer), dx);
  }

  private void projectBackward(Pass pass, Matrix weight, Matrix dx) {
    Matrix dy = queryKeyValue.rows(pass.firstRow(), pass.rows());
    if (!queriedOnly) {
      linear.inputGradient(dy, weight, dx);
      return;
    }
    long keysAndValues = 2L * width;
    linear.inputGradient(
        dy.columns(width, keysAndValues), weight.columns(width, keysAndValues), dx);
    Matrix queried = workspace.queries(pass.queries(true));
    linear.inputGradient(queries(pass), weight.columns(0, width), queried);
    int[] rows = pass.queriedRows();
    operations.addRows(dx, rows, queried, null, dx, rows);
  }

  /** Stores a pass's keys and values again, which a later pass over its time steps replaced. */
  void restore(Pass pass, Attention attention) {
    attention.store(pass, projected(pass, 1), projected(pass, 2));
  }

  /** One thread's columns of the weights' and biases' gradients, over all workers and passes. */
  static void parameterGradients(GradientSums sums, List<SelfAttention> workers, int layer) {
    int d = workers.get(0).width;
    sums.add(
        Role.QUERY_KEY_VALUE, layer, 0, d, workers.stream().map(SelfAttention::queryTerm).toList());
    sums.add(
        Role.QUERY_KEY_VALUE,
        layer,
        d,
        2L * d,
        workers.stream().map(each -> each.projectionTerm().columns(d, 2L * d)).toList());
    sums.add(
        Role.ATTENTION_OUTPUT,
        layer,
        workers.stream()
            .map(each -> new Linear.Term(each.attended.all(), each.outputGradient.all()))
            .toList());
  }

  private Linear.Term queryTerm() {
    return queriedOnly
        ? new Linear.Term(queriedInput.all(), queries.all())
        : projectionTerm().columns(0, width);
  }

  private Linear.Term projectionTerm() {
    return new Linear.Term(input.all(), queryKeyValue.all());
  }

  @Override
  public void close() {
    List.of(queryKeyValue, queriedInput, queries, attended).forEach(RowBuffer::close);
  }
}
