package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer of a block with its low-rank adapter, if it has one, and their gradients, for a
 * worker's positions:
 *
 * <pre>
 * y  = x · W (+ b) (+ r) + v · Bᵀ         v  = s · (m ⊙ x) · Aᵀ
 * dx = dy · Wᵀ + m ⊙ (u · A)              u  = s · dy · B
 * dA = uᵀ · (m ⊙ x)                       dB = dyᵀ · v
 * </pre>
 *
 * <p>Shapes: x [n, in], y [n, out], A [rank, in], B [out, rank], v and u [n, rank]; m are dropout's
 * multipliers. Without an adapter it is the device's linear layer and stores nothing.
 *
 * <p>m ⊙ x is computed a few rows at a time and not stored: the backward pass recomputes it from x
 * and sums dA.
 */
final class AdaptedLinear implements AutoCloseable {

  private final Role role;
  private final LayerOperations operations;
  private final Linear linear;
  private final Workspace workspace;

  /** v and u of the reserved rows, once there is an adapter. */
  private final DeviceMemory reduced;

  private final DeviceMemory reducedGradient;

  /** dA of the passes so far if there is dropout. */
  private final DeviceMemory inputSum;

  /** Whether {@link #inputSum} belongs to this batch. */
  private boolean sums;

  private long rows;
  private long origin;

  /** Rank of the adapter that was last used; 0 without one. */
  private long rank;

  AdaptedLinear(Role role, LayerOperations operations, Workspace workspace) {
    this.role = role;
    this.operations = operations;
    this.workspace = workspace;
    linear = operations.linear();
    reduced = operations.memory();
    reducedGradient = operations.memory();
    inputSum = operations.memory();
  }

  /** Makes room for this many rows. */
  void reserve(long count) {
    rows = count;
    origin = 0;
    sums = false;
  }

  /** Makes the first row of the buffers stand for a later row. */
  void startAt(long row) {
    origin = row;
  }

  /**
   * y of rows [from, from + n).
   *
   * @param layer the rows' layer, for its dropout
   * @param residual r without gaps between its rows, or null; may be y
   */
  void forward(
      long from, Matrix x, LinearWeights weights, LayerPass layer, Matrix residual, Matrix y) {
    linear.forward(x, weights, residual, y);
    if (weights.adapter() != null) {
      addAdapter(from, x, weights.adapter(), layer.adapterMasks(role), y);
    }
  }

  private void addAdapter(long from, Matrix x, LowRank adapter, List<MaskedRows> masks, Matrix y) {
    rank = adapter.a().rows();
    Matrix v = rows(reduced, from, x.rows());
    LinearWeights a = new LinearWeights(adapter.a(), null, true);
    if (masks == null) {
      linear.forward(x, a, null, v);
    } else {
      startSum(adapter.a());
      forEach(
          masks,
          (part, done, n) ->
              linear.forward(dropped(part, x.rows(done, n)), a, null, v.rows(done, n)));
    }
    operations.scale(v, adapter.scale());
    linear.addForward(v, new LinearWeights(adapter.b(), null, true), y);
  }

  private void startSum(Matrix a) {
    if (!sums) {
      operations.clear(inputSum(a.columns()));
      sums = true;
    }
  }

  /** A computation on some rows. */
  private interface Part {
    void run(MaskedRows masked, long done, long count);
  }

  private static void forEach(List<MaskedRows> masks, Part action) {
    long done = 0;
    for (MaskedRows part : masks) {
      long count = part.steps().length;
      action.run(part, done, count);
      done += count;
    }
  }

  /** m ⊙ x, valid until the next call of a linear layer of this worker. */
  private Matrix dropped(MaskedRows masks, Matrix x) {
    Matrix kept = workspace.adapterInput(x.rows(), x.columns());
    operations.dropout(masks, x, null, kept);
    return kept;
  }

  /**
   * dx of rows [from, from + n).
   *
   * @param x as in the forward pass
   * @param layer as in the forward pass
   * @param accumulate whether dx is added to, not overwritten
   * @param dx without gaps between its rows
   */
  void backward(
      long from,
      Matrix x,
      Matrix dy,
      LinearWeights weights,
      LayerPass layer,
      boolean accumulate,
      Matrix dx) {
    linear.inputGradient(dy, weights, accumulate, dx);
    LowRank adapter = weights.adapter();
    if (adapter != null) {
      Matrix u = rows(reducedGradient, from, dy.rows());
      linear.inputGradient(dy, new LinearWeights(adapter.b(), null, true), false, u);
      operations.scale(u, adapter.scale());
      LinearWeights a = new LinearWeights(adapter.a(), null, true);
      List<MaskedRows> parts = layer.adapterMasks(role);
      if (parts == null) {
        linear.inputGradient(u, a, true, dx);
      } else {
        forEach(
            parts,
            (part, done, n) ->
                addDropped(part, x.rows(done, n), u.rows(done, n), a, dx.rows(done, n)));
      }
    }
  }

  /** dA += uᵀ · (m ⊙ x) and dx += m ⊙ (u · A). */
  private void addDropped(MaskedRows masks, Matrix x, Matrix u, LinearWeights a, Matrix dx) {
    Matrix kept = dropped(masks, x);
    LinearWeights sum = new LinearWeights(inputSum(kept.columns()), null, false);
    linear.parameterGradients(List.of(new Linear.Term(u, kept)), true, sum);
    linear.inputGradient(u, a, false, kept);
    operations.dropout(masks, kept, dx, dx);
  }

  private Matrix inputSum(long columns) {
    return Matrix.dense(inputSum.require(rank * columns), rank, columns);
  }

  private Matrix rows(DeviceMemory memory, long from, long count) {
    long address = memory.require(rows * rank);
    return Matrix.dense(address + (from - origin) * rank * Float.BYTES, count, rank);
  }

  /** Whether an adapter was used. */
  boolean isAdapted() {
    return rank > 0;
  }

  /**
   * The contributions of all passes' positions to the gradients of weight, bias and adapter.
   *
   * @param x of all rows
   * @param dy of all rows
   */
  List<GradientSums.Part> gradientParts(Matrix x, Matrix dy) {
    List<GradientSums.Part> parts = new ArrayList<>();
    parts.add(new GradientSums.Part(role, Kind.WEIGHT, 0, List.of(new Linear.Term(x, dy))));
    if (isAdapted()) {
      parts.add(inputPart(x));
      parts.add(new GradientSums.Part(role, Kind.LORA_B, 0, List.of(outputTerm(dy))));
    }
    return parts;
  }

  /** The contribution of all rows to dA. */
  GradientSums.Part inputPart(Matrix x) {
    return sums
        ? GradientSums.Part.ofSum(role, Kind.LORA_A, inputSum(x.columns()))
        : new GradientSums.Part(
            role, Kind.LORA_A, 0, List.of(new Linear.Term(rows(reducedGradient, origin, rows), x)));
  }

  /** The contribution of all rows to dB, or to some of its outputs. */
  Linear.Term outputTerm(Matrix dy) {
    return new Linear.Term(rows(reduced, origin, rows), dy);
  }

  @Override
  public void close() {
    reduced.close();
    reducedGradient.close();
    inputSum.close();
  }
}
