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
 * <p>Queries and keys are stored with one row per head, over which the norms run.
 */
final class SeparateProjections implements Projections {

  private final LayerOperations operations;
  private final Workspace workspace;
  private final RowBuffer input;
  private final double[] frequencies;

  /** Q and K, each in its own buffer, later overwritten by its gradient. */
  private final Heads query;

  private final Heads key;

  /** V, later overwritten by its gradient. */
  private final RowBuffer value;

  private final AdaptedLinear valueProjection;

  /** x of the queried positions; only with {@code queriedOnly}. */
  private final RowBuffer queriedInput;

  private boolean queriedOnly;

  SeparateProjections(
      TransformerConfig config, LayerOperations operations, Workspace workspace, RowBuffer input) {
    this.operations = operations;
    this.workspace = workspace;
    this.input = input;
    frequencies = config.getRotary().frequencies(config.headSize());
    query = new Heads(Role.QUERY, Role.QUERY_NORM, config.getNHead(), config);
    key = new Heads(Role.KEY, Role.KEY_NORM, config.keyValueHeads(), config);
    value = new RowBuffer(operations.memory(), config.keyValueWidth());
    valueProjection = new AdaptedLinear(Role.VALUE, operations, workspace);
    queriedInput = new RowBuffer(operations.memory(), config.getNEmbd());
  }

  /** Queries or keys: their projection, norm and rotation, with gradients. */
  private final class Heads implements AutoCloseable {

    private final Role role;
    private final AdaptedLinear projection;
    private final int count;
    private final int headSize;

    /** Output of the projection; without a norm also the input of attention. */
    private final RowBuffer projected;

    /** Output of the norm, or null without one. */
    private final RowBuffer normed;

    private final Norm norm;

    Heads(Role role, Role normRole, int count, TransformerConfig config) {
      this.role = role;
      this.count = count;
      projection = new AdaptedLinear(role, operations, workspace);
      headSize = config.headSize();
      projected = new RowBuffer(operations.memory(), headSize);
      boolean hasNorm = config.hasHeadNorms();
      normed = hasNorm ? new RowBuffer(operations.memory(), headSize) : null;
      norm = hasNorm ? new Norm(normRole, config, headSize, operations) : null;
    }

    void reserve(long rows) {
      projection.reserve(rows);
      projected.reserve(rows * count);
      if (norm != null) {
        normed.reserve(rows * count);
        norm.reserve(rows * count);
      }
    }

    void startAt(long row) {
      projection.startAt(row);
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

    /** The input of attention, or its gradient. */
    Matrix rows(long from, long n) {
      return wide(norm == null ? projected : normed, from, n);
    }

    /**
     * Computes the layer's rows.
     *
     * @param x their input
     */
    void forward(LayerPass layer, Matrix x) {
      long from = layer.firstRow();
      long n = layer.rows();
      projection.forward(from, x, layer.linear(role), layer, null, wide(projected, from, n));
      if (norm != null) {
        norm.forward(from * count, n * count, projected, layer.parameters(), normed);
      }
      operations.rotate(rows(from, n), frequencies, layer.positionIds(), false);
    }

    /**
     * dx of the layer's rows, from the gradient that has overwritten the input of attention.
     *
     * @param x as in the forward pass
     * @param accumulate whether dx is added to, not overwritten
     */
    void backward(LayerPass layer, Matrix x, boolean accumulate, Matrix dx) {
      long from = layer.firstRow();
      long n = layer.rows();
      operations.rotate(rows(from, n), frequencies, layer.positionIds(), true);
      if (norm != null) {
        Matrix gradient = normed.rows(from * count, n * count);
        Matrix unnormed = projected.rows(from * count, n * count);
        norm.backward(from * count, projected, layer.parameters(), gradient, unnormed);
      }
      Matrix dy = wide(projected, from, n);
      projection.backward(from, x, dy, layer.linear(role), layer, accumulate, dx);
    }

    /** The contributions of all reserved rows. */
    List<GradientSums.Part> gradientParts(Matrix x) {
      return projection.gradientParts(x, projected.all().reshape((long) count * headSize));
    }

    @Override
    public void close() {
      projection.close();
      projected.close();
      if (norm != null) {
        normed.close();
        norm.close();
      }
    }
  }

  @Override
  public void reserve(long rows, long queried, boolean queriedOnly) {
    this.queriedOnly = queriedOnly;
    query.reserve(queriedOnly ? queried : rows);
    key.reserve(rows);
    value.reserve(rows);
    valueProjection.reserve(rows);
    queriedInput.reserve(queried);
  }

  @Override
  public void startAt(Pass pass, boolean queriedOnly) {
    this.queriedOnly = queriedOnly;
    query.startAt(pass.firstQuery(queriedOnly));
    key.startAt(pass.firstRow());
    value.startAt(pass.firstRow());
    valueProjection.startAt(pass.firstRow());
    queriedInput.startAt(pass.firstQuery(queriedOnly));
  }

  @Override
  public void forward(LayerPass layer) {
    Pass pass = layer.pass();
    LayerPass all = layer.ofEveryPosition();
    Matrix x = input.rows(all.firstRow(), all.rows());
    key.forward(all, x);
    valueProjection.forward(all.firstRow(), x, all.linear(Role.VALUE), all, null, values(pass));
    Matrix queried = x;
    if (queriedOnly) {
      queried = queriedInput.rows(layer.firstRow(), layer.rows());
      operations.copyRows(x, pass.queriedRows(), queried, null);
    }
    query.forward(layer, queried);
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
  public void backward(LayerPass layer, Matrix dx) {
    Pass pass = layer.pass();
    LayerPass all = layer.ofEveryPosition();
    Matrix x = input.rows(all.firstRow(), all.rows());
    LinearWeights valueWeights = all.linear(Role.VALUE);
    valueProjection.backward(all.firstRow(), x, values(pass), valueWeights, all, false, dx);
    key.backward(all, x, true, dx);
    if (!queriedOnly) {
      query.backward(layer, x, true, dx);
      return;
    }
    Matrix queriedX = queriedInput.rows(layer.firstRow(), layer.rows());
    Matrix queriedDx = workspace.queries(layer.rows());
    query.backward(layer, queriedX, false, queriedDx);
    int[] rows = pass.queriedRows();
    operations.addRows(dx, rows, queriedDx, null, dx, rows);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    Matrix x = input.all();
    List<GradientSums.Part> parts =
        new ArrayList<>(query.gradientParts(queriedOnly ? queriedInput.all() : x));
    parts.addAll(key.gradientParts(x));
    parts.addAll(valueProjection.gradientParts(x, value.all()));
    return parts;
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
    valueProjection.close();
    queriedInput.close();
  }
}
