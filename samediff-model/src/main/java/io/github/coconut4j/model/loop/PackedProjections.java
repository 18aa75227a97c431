package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * GPT-2's projections: one linear layer, with Q, K and V side by side, and rotary positions if the
 * model has them instead of a table.
 *
 * <pre>
 * Q K V = x · Wqkv + bqkv                 dx = dQ dK dV · Wqkvᵀ
 * Q = rotate(Q)    K = rotate(K)          dQ = rotate'(dQ)    dK = rotate'(dK)
 * </pre>
 */
final class PackedProjections implements Projections {

  private final int width;

  /** Frequencies of rotary positions, or null. */
  private final double[] frequencies;

  private final LayerOperations operations;

  /** For all positions, and for the queried ones; the latter only with {@code queriedOnly}. */
  private final AdaptedLinear all;

  private final AdaptedLinear queried;
  private final Workspace workspace;
  private final RowBuffer input;

  /** Q, K and V, later overwritten by their gradients. */
  private final RowBuffer queryKeyValue;

  /** x and Q of the queried positions; only with {@code queriedOnly}. */
  private final RowBuffer queriedInput;

  private final RowBuffer queries;

  private boolean queriedOnly;

  PackedProjections(
      TransformerConfig config, LayerOperations operations, Workspace workspace, RowBuffer input) {
    width = config.getNEmbd();
    frequencies =
        config.getRotary() == null ? null : config.getRotary().frequencies(config.headSize());
    this.operations = operations;
    this.workspace = workspace;
    this.input = input;
    all = new AdaptedLinear(Role.QUERY_KEY_VALUE, operations, workspace);
    queried = new AdaptedLinear(Role.QUERY_KEY_VALUE, operations, workspace);
    queryKeyValue = new RowBuffer(operations.memory(), 3 * width);
    queriedInput = new RowBuffer(operations.memory(), width);
    queries = new RowBuffer(operations.memory(), width);
  }

  @Override
  public void reserve(long rows, long queriedRows, boolean queriedOnly) {
    this.queriedOnly = queriedOnly;
    queryKeyValue.reserve(rows);
    all.reserve(rows);
    queriedInput.reserve(queriedRows);
    queries.reserve(queriedRows);
    queried.reserve(queriedRows);
  }

  @Override
  public void startAt(Pass pass, boolean queriedOnly) {
    this.queriedOnly = queriedOnly;
    queryKeyValue.startAt(pass.firstRow());
    all.startAt(pass.firstRow());
    queriedInput.startAt(pass.firstQuery(queriedOnly));
    queries.startAt(pass.firstQuery(queriedOnly));
    queried.startAt(pass.firstQuery(queriedOnly));
  }

  @Override
  public void forward(LayerPass layer) {
    project(layer);
    rotate(layer.pass(), false);
  }

  /** Rotates the inputs of attention, or their gradients back. */
  private void rotate(Pass pass, boolean back) {
    if (frequencies != null) {
      operations.rotate(keys(pass), frequencies, pass.positionIds(), back);
      operations.rotate(queries(pass), frequencies, pass.positionIds(queriedOnly), back);
    }
  }

  private void project(LayerPass layer) {
    Pass pass = layer.pass();
    LinearWeights weights = layer.linear(Role.QUERY_KEY_VALUE);
    Matrix x = input.rows(pass.firstRow(), pass.rows());
    Matrix y = queryKeyValue.rows(pass.firstRow(), pass.rows());
    long from = pass.firstRow();
    if (!queriedOnly) {
      all.forward(from, x, weights, layer, null, y);
      return;
    }
    long keysAndValues = 2L * width;
    LinearWeights keyValueWeights = weights.outputs(width, keysAndValues);
    Matrix keyValues = y.columns(width, keysAndValues);
    all.forward(from, x, keyValueWeights, layer.ofEveryPosition(), null, keyValues);
    long query = pass.firstQuery(true);
    Matrix ownX = queriedInput.rows(query, pass.queries(true));
    operations.copyRows(x, pass.queriedRows(), ownX, null);
    queried.forward(query, ownX, weights.outputs(0, width), layer, null, queries(pass));
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
  public void backward(LayerPass layer, Matrix dx) {
    Pass pass = layer.pass();
    rotate(pass, true);
    LinearWeights weights = layer.linear(Role.QUERY_KEY_VALUE);
    Matrix x = input.rows(pass.firstRow(), pass.rows());
    Matrix dy = queryKeyValue.rows(pass.firstRow(), pass.rows());
    long from = pass.firstRow();
    if (!queriedOnly) {
      all.backward(from, x, dy, weights, layer, false, dx);
      return;
    }
    long keysAndValues = 2L * width;
    LinearWeights keyValueWeights = weights.outputs(width, keysAndValues);
    Matrix keyValueDy = dy.columns(width, keysAndValues);
    all.backward(from, x, keyValueDy, keyValueWeights, layer.ofEveryPosition(), false, dx);
    Matrix ownDx = workspace.queries(pass.queries(true));
    long query = pass.firstQuery(true);
    Matrix ownX = queriedInput.rows(query, pass.queries(true));
    LinearWeights queryWeights = weights.outputs(0, width);
    queried.backward(query, ownX, queries(pass), queryWeights, layer, false, ownDx);
    int[] rows = pass.queriedRows();
    operations.addRows(dx, rows, ownDx, null, dx, rows);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    long keysAndValues = 2L * width;
    Matrix x = input.all();
    Matrix dy = queryKeyValue.all();
    Matrix queryX = queriedOnly ? queriedInput.all() : x;
    Matrix queryDy = queriedOnly ? queries.all() : dy.columns(0, width);
    Matrix keyValueDy = dy.columns(width, keysAndValues);
    List<GradientSums.Part> parts = new ArrayList<>();
    parts.add(part(Kind.WEIGHT, 0, new Linear.Term(queryX, queryDy)));
    parts.add(part(Kind.WEIGHT, width, new Linear.Term(x, keyValueDy)));
    if (all.isAdapted()) {
      GradientSums.Part ofAll = all.inputPart(x);
      parts.add(queriedOnly ? ofAll.and(queried.inputPart(queryX)) : ofAll);
      parts.add(part(Kind.LORA_B, 0, (queriedOnly ? queried : all).outputTerm(queryDy)));
      parts.add(part(Kind.LORA_B, width, all.outputTerm(keyValueDy)));
    }
    return parts;
  }

  private static GradientSums.Part part(Kind kind, long from, Linear.Term term) {
    return new GradientSums.Part(Role.QUERY_KEY_VALUE, kind, from, List.of(term));
  }

  @Override
  public void close() {
    List.of(queryKeyValue, queriedInput, queries).forEach(RowBuffer::close);
    all.close();
    queried.close();
  }
}
