package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.DeviceCheck;
import io.github.coconut4j.model.loop.Matrix;
import java.util.List;

/**
 * Keys and values of one layer, head by head, in the layout that is fastest for the attention
 * products: values [sequences, heads, capacity, headSize] and keys transposed [sequences, heads,
 * headSize, capacity]. The backward pass also needs the other layout of each, and sums their
 * gradients over later queries.
 */
final class KeyValueCache implements AutoCloseable {

  /** Number of time steps copied at a time. */
  private static final int COPY = 32;

  private final OneDnnOperations operations;
  private final int width;
  private final int heads;
  private final int headSize;

  // Not final: sequences that join need more room, and the existing content is kept.
  private NativeFloats keysTransposed = new NativeFloats();
  private NativeFloats values = new NativeFloats();
  private final NativeFloats keys = new NativeFloats();
  private final NativeFloats valuesTransposed = new NativeFloats();
  private final NativeFloats keyGradients = new NativeFloats();
  private final NativeFloats valueGradients = new NativeFloats();
  private int sequences;
  private int capacity;
  private boolean training;

  /** Time steps before this one belong to the current batch. */
  private int stored;

  /** Time steps from {@code stored} to this one are 0. */
  private int cleared;

  /** Makes a cache for {@code heads} heads of keys and values. */
  KeyValueCache(OneDnnOperations operations, int heads, int headSize) {
    this.operations = operations;
    this.heads = heads;
    this.headSize = headSize;
    width = heads * headSize;
  }

  /**
   * Makes room for a batch.
   *
   * @param steps number of time steps, rounded up to whole steps of keys
   * @param withGradients whether {@link #startGradients} follows
   */
  void start(int sequenceCount, int steps, boolean withGradients) {
    sequences = sequenceCount;
    capacity = AttentionBlocks.keys(steps);
    training = withGradients;
    stored = 0;
    cleared = 0;
    buffers().forEach(buffer -> buffer.require(size()));
  }

  private List<NativeFloats> buffers() {
    return training
        ? List.of(keysTransposed, values, keys, valuesTransposed)
        : List.of(keysTransposed, values);
  }

  void startGradients() {
    keyGradients.requireZeroed(size());
    valueGradients.requireZeroed(size());
  }

  /**
   * Copies time steps [from, to) from the projection's output.
   *
   * @throws IllegalStateException if there is no room for them; nothing is written
   */
  void store(int from, int to, Matrix k, Matrix v) {
    DeviceCheck.requireRoom(to, capacity);
    clearUnstored(from, to, k.stride());
    for (int t = from; t < to; ) {
      int count = (int) Tiles.next(to - t, COPY);
      long row = (long) (t - from) * sequences;
      store(t, count, projected(k), k.row(row), v.row(row));
      t += count;
    }
    stored = to;
  }

  /**
   * Attention reads keys in multiples of a step, so after time steps [from, to) it reads some that
   * were not stored. They are masked, but old content from another batch or from removed time steps
   * may not be finite, and its product with 0 would be NaN.
   */
  private void clearUnstored(int from, int to, long stride) {
    int end = AttentionBlocks.keys(to);
    int first = from == stored ? Math.max(from, cleared) : from;
    if (to < end && first < end) {
      long zeros = operations.zeros((long) sequences * COPY * stride);
      Layout projected = Layout.heads(stride, headSize, sequences * stride);
      // Steps before the last are stored completely; the last is cleared completely if possible.
      for (int t = Math.max(first, end - AttentionBlocks.KEY_STEP); t < end; ) {
        int count = (int) Tiles.next(end - t, COPY);
        store(t, count, projected, zeros, zeros);
        t += count;
      }
    }
    cleared = end;
  }

  private void store(int t, int count, Layout projected, long k, long v) {
    copy(count, projected, k, transposed(), atTransposed(keysTransposed, 0, t));
    copy(count, projected, v, plain(), at(values, 0, t));
    if (training) {
      copy(count, projected, k, plain(), at(keys, 0, t));
      copy(count, projected, v, transposed(), atTransposed(valuesTransposed, 0, t));
    }
  }

  /** Copies the gradients of time steps [from, to) to the projection's layout. */
  void gradients(int from, int to, Matrix dk, Matrix dv) {
    for (int t = from; t < to; ) {
      int count = (int) Tiles.next(to - t, COPY);
      long row = (long) (t - from) * sequences;
      copy(count, plain(), at(keyGradients, 0, t), projected(dk), dk.row(row));
      copy(count, plain(), at(valueGradients, 0, t), projected(dv), dv.row(row));
      t += count;
    }
  }

  /** Sets the gradients of time steps [from, to) to 0. */
  void clearGradients(int from, int to) {
    for (int row = 0; row < sequences * heads; row++) {
      long offset = ((long) row * capacity + from) * headSize * Float.BYTES;
      long count = (long) (to - from) * headSize;
      Floats.clear(at(keyGradients, 0, 0) + offset, count);
      Floats.clear(at(valueGradients, 0, 0) + offset, count);
    }
  }

  private void copy(int count, Layout from, long source, Layout to, long target) {
    new Reorder(sequences, heads, count, headSize, from, to)
        .run(operations.primitives(), source, target);
  }

  /** Moves the kept sequences to the front. */
  void retain(int[] kept) {
    for (NativeFloats buffer : buffers()) {
      for (int i = 0; i < kept.length; i++) {
        if (kept[i] != i) {
          Floats.copy(at(buffer, kept[i], 0), at(buffer, i, 0), (long) width * capacity);
        }
      }
    }
    sequences = kept.length;
  }

  /**
   * Appends another cache's sequences.
   *
   * @param ownSteps number of its own valid time steps; later ones were taken back
   */
  void join(KeyValueCache others, int ownSteps, int steps) {
    int total = sequences + others.sequences;
    int room = AttentionBlocks.keys(steps);
    NativeFloats allKeys = new NativeFloats();
    NativeFloats allValues = new NativeFloats();
    try {
      allKeys.requireZeroed((long) total * width * room);
      allValues.requireZeroed((long) total * width * room);
    } catch (OutOfMemoryError e) {
      allKeys.close();
      allValues.close();
      throw e;
    }
    copyInto(allKeys, allValues, 0, ownSteps, room);
    others.copyInto(allKeys, allValues, sequences, others.stored, room);
    keysTransposed.close();
    values.close();
    keysTransposed = allKeys;
    values = allValues;
    sequences = total;
    capacity = room;
    stored = Math.max(ownSteps, others.stored);
    cleared = room; // the rest is 0
  }

  /** Copies all sequences to larger buffers, the first to the sequence {@code first}. */
  private void copyInto(
      NativeFloats allKeys, NativeFloats allValues, int first, int steps, int room) {
    long keyRows = (long) sequences * width; // one for each element of a key, over time
    long keysTarget = allKeys.require(0) + (long) first * width * room * Float.BYTES;
    for (long row = 0; row < keyRows; row++) {
      Floats.copy(
          atTransposed(keysTransposed, 0, 0) + row * capacity * Float.BYTES,
          keysTarget + row * room * Float.BYTES,
          steps);
    }
    long valuesTarget = allValues.require(0) + (long) first * width * room * Float.BYTES;
    for (long row = 0; row < (long) sequences * heads; row++) {
      Floats.copy(
          at(values, 0, 0) + row * capacity * headSize * Float.BYTES,
          valuesTarget + row * room * headSize * Float.BYTES,
          (long) steps * headSize);
    }
  }

  /** [sequences, heads, keys, headSize], of keys, values and their gradients. */
  Layout plain() {
    long head = (long) headSize * capacity;
    return Layout.heads(heads * head, head, headSize);
  }

  /** The same, read from the transposed form; products use its transpose. */
  Layout transposed() {
    long head = (long) headSize * capacity;
    return Layout.heads(heads * head, head, capacity).transposed();
  }

  /** Time steps of a projection's rows. */
  private Layout projected(Matrix rows) {
    return Layout.heads(rows.stride(), headSize, sequences * rows.stride());
  }

  long keysTransposed(int sequence) {
    return atTransposed(keysTransposed, sequence, 0);
  }

  long values(int sequence) {
    return at(values, sequence, 0);
  }

  long keys(int sequence) {
    return at(keys, sequence, 0);
  }

  long valuesTransposed(int sequence) {
    return atTransposed(valuesTransposed, sequence, 0);
  }

  long keyGradients(int sequence) {
    return at(keyGradients, sequence, 0);
  }

  long valueGradients(int sequence) {
    return at(valueGradients, sequence, 0);
  }

  private long at(NativeFloats buffer, int sequence, int t) {
    long offset = (long) sequence * width * capacity + (long) t * headSize;
    return buffer.require(size()) + offset * Float.BYTES;
  }

  private long atTransposed(NativeFloats buffer, int sequence, int t) {
    long offset = (long) sequence * width * capacity + t;
    return buffer.require(size()) + offset * Float.BYTES;
  }

  private long size() {
    return (long) sequences * width * capacity;
  }

  @Override
  public void close() {
    List.of(keysTransposed, values, keys, valuesTransposed, keyGradients, valueGradients)
        .forEach(NativeFloats::close);
  }
}
