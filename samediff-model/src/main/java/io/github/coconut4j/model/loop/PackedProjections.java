package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * GPT-2's projections: one linear layer, with Q, K and V side by side.
 *
 * <pre>
 * Q K V = x · Wqkv + bqkv                 dx = dQ dK dV · Wqkvᵀ
 * </pre>
 */
final class PackedProjections implements Projections {

  private final int width;
  private final LayerOperations operations;
  private final Linear linear;
  private final Workspace workspace;
  private final RowBuffer input;

  /** Q, K and V, in whose places their gradients come. */
  private final RowBuffer queryKeyValue;

  /** x and Q of the queried positions; with {@code queriedOnly} alone. */
  private final RowBuffer queriedInput;

  private final RowBuffer queries;

  private boolean queriedOnly;

  PackedProjections(int width, LayerOperations operations, Workspace workspace, RowBuffer input) {
    this.width = width;
    this.operations = operations;
    this.workspace = workspace;
    this.input = input;
    linear = operations.linear();
    queryKeyValue = new RowBuffer(operations.memory(), 3 * width);
    queriedInput = new RowBuffer(operations.memory(), width);
    queries = new RowBuffer(operations.memory(), width);
  }

  @Override
  public void reserve(long rows, long queried, boolean onlyQueried) {
    queriedOnly = onlyQueried;
    queryKeyValue.reserve(rows);
    queriedInput.reserve(queried);
    queries.reserve(queried);
  }

  @Override
  public void startAt(Pass pass, boolean onlyQueried) {
    queriedOnly = onlyQueried;
    queryKeyValue.startAt(pass.firstRow());
    queriedInput.startAt(pass.firstQuery(onlyQueried));
    queries.startAt(pass.firstQuery(onlyQueried));
  }

  @Override
  public void forward(Pass pass, Parameters parameters, int layer) {
    LinearWeights weights = parameters.linear(Role.QUERY_KEY_VALUE, layer);
    Matrix x = input.rows(pass.firstRow(), pass.rows());
    Matrix y = queryKeyValue.rows(pass.firstRow(), pass.rows());
    if (!queriedOnly) {
      linear.forward(x, weights, null, y);
      return;
    }
    long keysAndValues = 2L * width;
    linear.forward(x, weights.outputs(width, keysAndValues), null, y.columns(width, keysAndValues));
    Matrix queried = queriedInput.rows(pass.firstQuery(true), pass.queries(true));
    operations.copyRows(x, pass.queriedRows(), queried, null);
    linear.forward(queried, weights.outputs(0, width), null, queries(pass));
  }

  @Override
  public Matrix queries(Pass pass) {
    return queriedOnly
        ? queries.rows(pass.firstQuery(true), pass.queries(true))
        : projected(pass, 0);
  }

  @Override
  public Matrix keys(Pass pass) {
    return projected(pass, 1);
  }

  @Override
  public Matrix values(Pass pass) {
    return projected(pass, 2);
  }

  private Matrix projected(Pass pass, int part) {
    return queryKeyValue.rows(pass.firstRow(), pass.rows()).columns((long) part * width, width);
  }

  @Override
  public void backward(Pass pass, Parameters parameters, int layer, Matrix dx) {
    LinearWeights weights = parameters.linear(Role.QUERY_KEY_VALUE, layer);
    Matrix dy = queryKeyValue.rows(pass.firstRow(), pass.rows());
    if (!queriedOnly) {
      linear.inputGradient(dy, weights, false, dx);
      return;
    }
    long keysAndValues = 2L * width;
    linear.inputGradient(
        dy.columns(width, keysAndValues), weights.outputs(width, keysAndValues), false, dx);
    Matrix queried = workspace.queries(pass.queries(true));
    linear.inputGradient(queries(pass), weights.outputs(0, width), false, queried);
    int[] rows = pass.queriedRows();
    operations.addRows(dx, rows, queried, null, dx, rows);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    Linear.Term all = new Linear.Term(input.all(), queryKeyValue.all());
    Linear.Term query =
        queriedOnly ? new Linear.Term(queriedInput.all(), queries.all()) : all.columns(0, width);
    return List.of(
        new GradientSums.Part(Role.QUERY_KEY_VALUE, 0, query),
        new GradientSums.Part(Role.QUERY_KEY_VALUE, width, all.columns(width, 2L * width)));
  }

  @Override
  public void close() {
    List.of(queryKeyValue, queriedInput, queries).forEach(RowBuffer::close);
  }
}
