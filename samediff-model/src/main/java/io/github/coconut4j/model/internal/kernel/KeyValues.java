package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * Keys and values of one layer and slice, head by head, as the attention products read them
 * fastest: values [rows, heads, columns, headSize] and keys transposed [rows, heads, headSize,
 * columns]. The way back also needs the other form of each, and sums up their gradients over later
 * queries.
 */
final class KeyValues implements AutoCloseable {

  /** Columns copied at a time. */
  private static final int COPY = 32;

  private final TransformerShape shape;
  private final Kernels kernels;
  private final NativeFloats keysTransposed = new NativeFloats();
  private final NativeFloats values = new NativeFloats();
  private final NativeFloats keys = new NativeFloats();
  private final NativeFloats valuesTransposed = new NativeFloats();
  private final NativeFloats keyGradients = new NativeFloats();
  private final NativeFloats valueGradients = new NativeFloats();
  private int rows;
  private int capacity;
  private boolean kept;

  KeyValues(TransformerShape shape, Kernels kernels) {
    this.shape = shape;
    this.kernels = kernels;
  }

  /**
   * Makes room for a batch.
   *
   * @param columns room for so many columns, rounded up to whole steps of keys
   * @param withBackward whether {@link #startGradients} follows
   */
  void start(int rowCount, int columns, boolean withBackward) {
    rows = rowCount;
    capacity = AttentionBlocks.keys(columns);
    kept = withBackward;
    buffers().forEach(buffer -> buffer.requireInitialized(size()));
  }

  private List<NativeFloats> buffers() {
    return kept
        ? List.of(keysTransposed, values, keys, valuesTransposed)
        : List.of(keysTransposed, values);
  }

  /** Sets everything to 0, should a batch before have left values that are not finite. */
  void clear() {
    buffers().forEach(buffer -> buffer.requireZeroed(size()));
  }

  void startGradients() {
    keyGradients.requireZeroed(size());
    valueGradients.requireZeroed(size());
  }

  /** Takes columns [from, to) over from where the projection wrote them. */
  void store(int from, int to, CausalAttention.Lines k, CausalAttention.Lines v) {
    for (int column = from; column < to; ) {
      int count = (int) Tiles.next(to - column, COPY);
      copy(count, projected(k), k.at(line(column)), transposed(), keysTransposed(0, column));
      copy(count, projected(v), v.at(line(column)), plain(), at(values, 0, column));
      if (kept) {
        copy(count, projected(k), k.at(line(column)), plain(), at(keys, 0, column));
        copy(
            count,
            projected(v),
            v.at(line(column)),
            transposed(),
            atTransposed(valuesTransposed, 0, column));
      }
      column += count;
    }
  }

  /** Hands the finished gradients of columns [from, to) back to the projection's layout. */
  void gradients(int from, int to, CausalAttention.Lines dk, CausalAttention.Lines dv) {
    for (int column = from; column < to; ) {
      int count = (int) Tiles.next(to - column, COPY);
      copy(count, plain(), at(keyGradients, 0, column), projected(dk), dk.at(line(column)));
      copy(count, plain(), at(valueGradients, 0, column), projected(dv), dv.at(line(column)));
      column += count;
    }
  }

  private void copy(int count, Layout from, long source, Layout to, long target) {
    kernels
        .primitives()
        .get(new Reorder(rows, shape.heads(), count, shape.headSize(), from, to))
        .bind(0, source)
        .bind(1, target)
        .execute();
  }

  /** Moves the kept rows to the front. */
  void retainRows(int[] keptRows) {
    long rowFloats = (long) shape.width() * capacity;
    Rows copies = new Rows(shape.headSize() * capacity);
    for (NativeFloats buffer : buffers()) {
      for (int i = 0; i < keptRows.length; i++) {
        for (int head = 0; head < shape.heads(); head++) {
          long offset = (long) head * shape.headSize() * capacity;
          long start = buffer.require(size());
          copies.copy(
              start + (keptRows[i] * rowFloats + offset) * Float.BYTES,
              start + (i * rowFloats + offset) * Float.BYTES);
        }
      }
    }
    rows = keptRows.length;
  }

  /** [rows, heads, keys, headSize], of keys, values and their gradients. */
  Layout plain() {
    long head = (long) shape.headSize() * capacity;
    return Layout.heads(shape.heads() * head, head, shape.headSize());
  }

  /** The same read from the transposed form; its transpose is what products take. */
  Layout transposed() {
    long head = (long) shape.headSize() * capacity;
    return Layout.heads(shape.heads() * head, head, capacity).transposed();
  }

  private Layout projected(CausalAttention.Lines lines) {
    return Layout.heads(lines.stride(), shape.headSize(), rows * lines.stride());
  }

  private long line(int column) {
    return (long) column * rows;
  }

  long keysTransposed(int row) {
    return keysTransposed(row, 0);
  }

  private long keysTransposed(int row, int column) {
    return atTransposed(keysTransposed, row, column);
  }

  long values(int row) {
    return at(values, row, 0);
  }

  long keys(int row) {
    return at(keys, row, 0);
  }

  long valuesTransposed(int row) {
    return atTransposed(valuesTransposed, row, 0);
  }

  long keyGradients(int row) {
    return at(keyGradients, row, 0);
  }

  long valueGradients(int row) {
    return at(valueGradients, row, 0);
  }

  private long at(NativeFloats buffer, int row, int column) {
    long offset = (long) row * shape.width() * capacity + (long) column * shape.headSize();
    return buffer.require(size()) + offset * Float.BYTES;
  }

  private long atTransposed(NativeFloats buffer, int row, int column) {
    long offset = (long) row * shape.width() * capacity + column;
    return buffer.require(size()) + offset * Float.BYTES;
  }

  private long size() {
    return (long) rows * shape.width() * capacity;
  }

  @Override
  public void close() {
    for (NativeFloats buffer :
        List.of(keysTransposed, values, keys, valuesTransposed, keyGradients, valueGradients)) {
      buffer.close();
    }
  }
}
