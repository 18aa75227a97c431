package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/** Buffers that are used only within a block, shared by a worker's blocks. */
final class Workspace implements AutoCloseable {

  private final RowBuffer inner;
  private final RowBuffer residual;
  private final RowBuffer attention;
  private final RowBuffer queries;
  private final RowBuffer kept;
  private final DeviceMemory adapterInput;

  Workspace(TransformerConfig config, LayerOperations operations) {
    int width = config.getNEmbd();
    inner = new RowBuffer(operations.memory(), config.innerSize());
    residual = new RowBuffer(operations.memory(), width);
    attention = new RowBuffer(operations.memory(), config.queryWidth());
    queries = new RowBuffer(operations.memory(), width);
    kept = new RowBuffer(operations.memory(), width);
    adapterInput = operations.memory();
  }

  /** [n, inner]: the gradient of the feed-forward layer's activation. */
  Matrix inner(long n) {
    return reserved(inner, n);
  }

  /** [n, d]: the gradient that a norm reads and writes. */
  Matrix residual(long n) {
    return reserved(residual, n);
  }

  /** [n, heads · s]: the gradient of attention's output. */
  Matrix attention(long n) {
    return reserved(attention, n);
  }

  /** [n, d]: the gradient of the queried positions' inputs. */
  Matrix queries(long n) {
    return reserved(queries, n);
  }

  /** [n, d]: the gradient of a residual sum, kept while its branch's dropout overwrites it. */
  Matrix kept(long n) {
    return reserved(kept, n);
  }

  /** [n, in]: an adapter's input after dropout. */
  Matrix adapterInput(long n, long in) {
    return Matrix.dense(adapterInput.require(n * in), n, in);
  }

  private static Matrix reserved(RowBuffer buffer, long n) {
    buffer.reserve(n);
    return buffer.all();
  }

  @Override
  public void close() {
    List.of(inner, residual, attention, queries, kept).forEach(RowBuffer::close);
    adapterInput.close();
  }
}
