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

  /** Columns before this one are of the batch at hand. */
  private int stored;

  /** Columns from {@code stored} to this one are 0. */
  private int cleared;

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
    stored = 0;
    cleared = 0;
    buffers().forEach(buffer -> buffer.require(size()));
  }

  private List<NativeFloats> buffers() {
    return kept
        ? List.of(keysTransposed, values, keys, valuesTransposed)
        : List.of(keysTransposed, values);
  }

  void startGradients() {
    keyGradients.requireZeroed(size());
    valueGradients.requireZeroed(size());
  }

  /** Takes columns [from, to) over from where the projection wrote them. */
  void store(int from, int to, CausalAttention.Lines k, CausalAttention.Lines v) {
    clearUnstored(from, to, k.stride());
    for (int column = from; column < to; ) {
      int count = (int) Tiles.next(to - column, COPY);
      store(column, count, projected(k.stride()), k.at(line(column)), v.at(line(column)));
      column += count;
    }
    stored = to;
  }

  /**
   * Attention takes keys in steps, so after columns [from, to) it reads some that nothing was
   * stored in. They are masked, but what another batch or columns that were taken back left there
   * need not be finite, and a product with 0 would be NaN.
   */
  private void clearUnstored(int from, int to, long stride) {
    int end = AttentionBlocks.keys(to);
    int first = from == stored ? Math.max(from, cleared) : from;
    if (to < end && first < end) {
      long zeros = kernels.zeros((long) rows * COPY * stride);
      // Steps before the last are stored as a whole, the last is cleared as a whole if it can be.
      for (int column = Math.max(first, end - AttentionBlocks.KEY_STEP); column < end; ) {
        int count = (int) Tiles.next(end - column, COPY);
        store(column, count, projected(stride), zeros, zeros);
        column += count;
      }
    }
    cleared = end;
  }

  private void store(int column, int count, Layout projected, long k, long v) {
    copy(count, projected, k, transposed(), keysTransposed(0, column));
    copy(count, projected, v, plain(), at(values, 0, column));
    if (kept) {
      copy(count, projected, k, plain(), at(keys, 0, column));
      copy(count, projected, v, transposed(), atTransposed(valuesTransposed, 0, column));
    }
  }

  /** Hands the finished gradients of columns [from, to) back to the projection's layout. */
  void gradients(int from, int to, CausalAttention.Lines dk, CausalAttention.Lines dv) {
    for (int column = from; column < to; ) {
      int count = (int) Tiles.next(to - column, COPY);
      copy(
          count, plain(), at(keyGradients, 0, column), projected(dk.stride()), dk.at(line(column)));
      copy(
          count,
          plain(),
          at(valueGradients, 0, column),
          projected(dv.stride()),
          dv.at(line(column)));
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
    for (NativeFloats buffer : buffers()) {
      for (int i = 0; i < keptRows.length; i++) {
        if (keptRows[i] != i) {
          Floats.copy(
              at(buffer, keptRows[i], 0), at(buffer, i, 0), (long) shape.width() * capacity);
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

  /** Columns of cells' lines with so many floats from one to the next. */
  private Layout projected(long stride) {
    return Layout.heads(stride, shape.headSize(), rows * stride);
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
