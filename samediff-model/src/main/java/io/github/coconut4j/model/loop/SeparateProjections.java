package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Llama's projections: a linear layer for each of Q, K and V, and rotary positions; in Qwen3 a norm
 * of each head's queries and keys before these.
 *
 * <pre>
 * Q = rotate(norm(x · Wq + bq))    K = rotate(norm(x · Wk + bk))    V = x · Wv + bv
 * dx = norm'(rotate'(dQ)) · Wqᵀ + norm'(rotate'(dK)) · Wkᵀ + dV · Wvᵀ
 * </pre>
 *
 * <p>Rows of queries and keys are kept as one row for each head, over which the norms run.
 */
final class SeparateProjections implements Projections {

  private final LayerOperations operations;
  private final Linear linear;
  private final Workspace workspace;
  private final RowBuffer input;
  private final double[] frequencies;

  /** Q and K, each in a place of its own, in which its gradient comes. */
  private final Heads query;

  private final Heads key;

  /** V, in whose place its gradient comes. */
  private final RowBuffer value;

  /** x of the queried positions; with {@code queriedOnly} alone. */
  private final RowBuffer queriedInput;

  private boolean queriedOnly;

  SeparateProjections(
      TransformerConfig config, LayerOperations operations, Workspace workspace, RowBuffer input) {
    this.operations = operations;
    this.workspace = workspace;
    this.input = input;
    linear = operations.linear();
    frequencies = config.getRotary().frequencies(config.headSize());
    query = new Heads(Role.QUERY, Role.QUERY_NORM, config.getNHead(), config);
    key = new Heads(Role.KEY, Role.KEY_NORM, config.keyValueHeads(), config);
    value = new RowBuffer(operations.memory(), config.keyValueWidth());
    queriedInput = new RowBuffer(operations.memory(), config.getNEmbd());
  }

  /** Queries or keys: their projection, norm and rotation, with gradients. */
  private final class Heads implements AutoCloseable {

    private final Role role;
    private final int count;
    private final int headSize;

    /** What the projection gives; without a norm also what attention gets. */
    private final RowBuffer projected;

    /** What the norm gives, or null without one. */
    private final RowBuffer normed;

    private final Norm norm;

    Heads(Role role, Role normRole, int count, TransformerConfig config) {
      this.role = role;
      this.count = count;
      headSize = config.headSize();
      projected = new RowBuffer(operations.memory(), headSize);
      boolean hasNorm = config.hasHeadNorms();
      normed = hasNorm ? new RowBuffer(operations.memory(), headSize) : null;
      norm = hasNorm ? new Norm(normRole, config, headSize, operations) : null;
    }

    void reserve(long rows) {
      projected.reserve(rows * count);
      if (norm != null) {
        normed.reserve(rows * count);
        norm.reserve(rows * count);
      }
    }

    void startAt(long row) {
      projected.startAt(row * count);
      if (norm != null) {
        normed.startAt(row * count);
        norm.startAt(row * count);
      }
    }

    /** Rows [from, from + n), all heads side by side. */
    private Matrix wide(RowBuffer heads, long from, long n) {
      return heads.rows(from * count, n * count).reshape((long) count * headSize);
    }

    /** What attention gets, or its gradient. */
    Matrix rows(long from, long n) {
      return wide(norm == null ? projected : normed, from, n);
    }

    void forward(Matrix x, long from, int[] positionIds, Parameters parameters, int layer) {
      long n = x.rows();
      linear.forward(x, parameters.linear(role, layer), null, wide(projected, from, n));
      if (norm != null) {
        norm.forward(from * count, n * count, projected, parameters, layer, normed);
      }
      operations.rotate(rows(from, n), frequencies, positionIds, false);
    }

    /** Leaves the projection's gradient in {@code projected}. */
    void backward(long from, long n, int[] positionIds, Parameters parameters, int layer) {
      operations.rotate(rows(from, n), frequencies, positionIds, true);
      if (norm != null) {
        Matrix gradient = normed.rows(from * count, n * count);
        Matrix dx = projected.rows(from * count, n * count);
        norm.backward(from * count, projected, parameters, layer, gradient, dx);
      }
    }

    Matrix projectionGradient(long from, long n) {
      return wide(projected, from, n);
    }

    /** Over all rows that room was made for. */
    GradientSums.Part gradientPart(Matrix x) {
      Matrix dy = projected.all().reshape((long) count * headSize);
      return new GradientSums.Part(role, 0, new Linear.Term(x, dy));
    }

    @Override
    public void close() {
      projected.close();
      if (norm != null) {
        normed.close();
        norm.close();
      }
    }
  }

  @Override
  public void reserve(long rows, long queried, boolean onlyQueried) {
    queriedOnly = onlyQueried;
    query.reserve(onlyQueried ? queried : rows);
    key.reserve(rows);
    value.reserve(rows);
    queriedInput.reserve(queried);
  }

  @Override
  public void startAt(Pass pass, boolean onlyQueried) {
    queriedOnly = onlyQueried;
    query.startAt(pass.firstQuery(onlyQueried));
    key.startAt(pass.firstRow());
    value.startAt(pass.firstRow());
    queriedInput.startAt(pass.firstQuery(onlyQueried));
  }

  @Override
  public void forward(Pass pass, Parameters parameters, int layer) {
    Matrix x = input.rows(pass.firstRow(), pass.rows());
    key.forward(x, pass.firstRow(), pass.positionIds(), parameters, layer);
    linear.forward(x, parameters.linear(Role.VALUE, layer), null, values(pass));
    Matrix queried = x;
    if (queriedOnly) {
      queried = queriedInput.rows(pass.firstQuery(true), pass.queries(true));
      operations.copyRows(x, pass.queriedRows(), queried, null);
    }
    int[] positionIds = pass.positionIds(queriedOnly);
    query.forward(queried, pass.firstQuery(queriedOnly), positionIds, parameters, layer);
  }

  @Override
  public Matrix queries(Pass pass) {
    return query.rows(pass.firstQuery(queriedOnly), pass.queries(queriedOnly));
  }

  @Override
  public Matrix keys(Pass pass) {
    return key.rows(pass.firstRow(), pass.rows());
  }

  @Override
  public Matrix values(Pass pass) {
    return value.rows(pass.firstRow(), pass.rows());
  }

  @Override
  public void backward(Pass pass, Parameters parameters, int layer, Matrix dx) {
    long row = pass.firstRow();
    linear.inputGradient(values(pass), parameters.linear(Role.VALUE, layer), false, dx);
    key.backward(row, pass.rows(), pass.positionIds(), parameters, layer);
    linear.inputGradient(
        key.projectionGradient(row, pass.rows()), parameters.linear(Role.KEY, layer), true, dx);

    long from = pass.firstQuery(queriedOnly);
    long n = pass.queries(queriedOnly);
    query.backward(from, n, pass.positionIds(queriedOnly), parameters, layer);
    Matrix gradient = query.projectionGradient(from, n);
    LinearWeights weights = parameters.linear(Role.QUERY, layer);
    if (!queriedOnly) {
      linear.inputGradient(gradient, weights, true, dx);
      return;
    }
    Matrix queried = workspace.queries(n);
    linear.inputGradient(gradient, weights, false, queried);
    int[] rows = pass.queriedRows();
    operations.addRows(dx, rows, queried, null, dx, rows);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    Matrix x = input.all();
    return List.of(
        query.gradientPart(queriedOnly ? queriedInput.all() : x),
        key.gradientPart(x),
        new GradientSums.Part(Role.VALUE, 0, new Linear.Term(x, value.all())));
  }

  @Override
  public List<Norm> norms() {
    List<Norm> norms = new ArrayList<>();
    if (query.norm != null) {
      norms.add(query.norm);
      norms.add(key.norm);
    }
    return norms;
  }

  @Override
  public void close() {
    query.close();
    key.close();
    value.close();
    queriedInput.close();
  }
}
