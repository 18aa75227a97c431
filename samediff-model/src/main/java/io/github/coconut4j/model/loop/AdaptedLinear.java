package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer of a block, with its low-rank adapter where it has one, and their gradients, for a
 * worker's positions:
 *
 * <pre>
 * y  = x · W (+ b) (+ r) + v · Bᵀ         v  = s · x · Aᵀ
 * dx = dy · Wᵀ + u · A                    u  = s · dy · B
 * dA = uᵀ · x                             dB = dyᵀ · v
 * </pre>
 *
 * <p>Shapes: x [n, in], y [n, out], A [rank, in], B [out, rank], v and u [n, rank]. Without an
 * adapter it is the device's linear layer and keeps nothing.
 */
final class AdaptedLinear implements AutoCloseable {

  private final Role role;
  private final LayerOperations operations;
  private final Linear linear;

  /** v and u of the rows that room was made for, once there is an adapter. */
  private final DeviceMemory reduced;

  private final DeviceMemory reducedGradient;
  private long rows;
  private long origin;

  /** Of the adapter that was last used; 0 without one. */
  private long rank;

  AdaptedLinear(Role role, LayerOperations operations) {
    this.role = role;
    this.operations = operations;
    linear = operations.linear();
    reduced = operations.memory();
    reducedGradient = operations.memory();
  }

  /** Makes room for so many rows. */
  void reserve(long count) {
    rows = count;
    origin = 0;
  }

  /** Lets the first row be a later one. */
  void startAt(long row) {
    origin = row;
  }

  /**
   * y of rows [from, from + n).
   *
   * @param residual r without gaps between its rows, or null; y may lie there
   */
  void forward(long from, Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    linear.forward(x, weights, residual, y);
    if (weights.adapter() != null) {
      addAdapter(from, x, weights.adapter(), y);
    }
  }

  private void addAdapter(long from, Matrix x, LowRank adapter, Matrix y) {
    rank = adapter.a().rows();
    Matrix v = rows(reduced, from, x.rows());
    // A dropout of the adapter's input comes here: it is of x before A alone.
    linear.forward(x, new LinearWeights(adapter.a(), null, true), null, v);
    operations.scale(v, adapter.scale());
    linear.addForward(v, new LinearWeights(adapter.b(), null, true), y);
  }

  /**
   * dx of rows [from, from + n).
   *
   * @param accumulate whether dx is added to, not overwritten
   */
  void backward(long from, Matrix dy, LinearWeights weights, boolean accumulate, Matrix dx) {
    linear.inputGradient(dy, weights, accumulate, dx);
    LowRank adapter = weights.adapter();
    if (adapter != null) {
      Matrix u = rows(reducedGradient, from, dy.rows());
      linear.inputGradient(dy, new LinearWeights(adapter.b(), null, true), false, u);
      operations.scale(u, adapter.scale());
      linear.inputGradient(u, new LinearWeights(adapter.a(), null, true), true, dx);
    }
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
   * What the positions of all passes give to the gradients of weight, bias and adapter.
   *
   * @param x of all rows
   * @param dy of all rows
   */
  List<GradientSums.Part> gradientParts(Matrix x, Matrix dy) {
    List<GradientSums.Part> parts = new ArrayList<>();
    parts.add(new GradientSums.Part(role, Kind.WEIGHT, 0, List.of(new Linear.Term(x, dy))));
    if (isAdapted()) {
      parts.add(new GradientSums.Part(role, Kind.LORA_A, 0, List.of(inputTerm(x))));
      parts.add(new GradientSums.Part(role, Kind.LORA_B, 0, List.of(outputTerm(dy))));
    }
    return parts;
  }

  /** What all rows give to dA. */
  Linear.Term inputTerm(Matrix x) {
    return new Linear.Term(rows(reducedGradient, origin, rows), x);
  }

  /** What all rows give to dB, or to some of its outputs. */
  Linear.Term outputTerm(Matrix dy) {
    return new Linear.Term(rows(reduced, origin, rows), dy);
  }

  @Override
  public void close() {
    reduced.close();
    reducedGradient.close();
  }
}
