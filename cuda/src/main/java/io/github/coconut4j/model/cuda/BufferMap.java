package io.github.coconut4j.model.cuda;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Values that belong to the buffers of ND4J's arrays. A value leaves the map after its buffer has
 * become unreachable. Arrays of different shapes over all of one buffer have the same value.
 */
final class BufferMap<V> {

  /** The time in which a garbage collection reports the first of all unreachable buffers. */
  private static final long FIRST_MILLISECONDS = 2000;

  /** The time in which it reports the next one. */
  private static final long NEXT_MILLISECONDS = 50;

  private final Map<Key, V> values = new HashMap<>();
  private final ReferenceQueue<Object> unreachable = new ReferenceQueue<>();
  private final Consumer<V> left;

  /**
   * Makes an empty map.
   *
   * @param left receives the values of unreachable buffers
   */
  BufferMap(Consumer<V> left) {
    this.left = left;
  }

  /** A weak reference to a buffer, equal to others of the same buffer. */
  private static final class Key extends WeakReference<DataBuffer> {

    private final int hash;

    Key(DataBuffer buffer, ReferenceQueue<Object> queue) {
      super(buffer, queue);
      hash = System.identityHashCode(buffer);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return this == other || (other instanceof Key key && get() != null && key.get() == get());
    }
  }

  /** The buffer of an array; an array of another shape over all of it has the same. */
  private static DataBuffer buffer(INDArray array) {
    DataBuffer own = array.data();
    DataBuffer whole = own.originalDataBuffer();
    boolean isAll = whole != null && array.offset() == 0 && whole.length() == array.length();
    return isAll ? whole : own;
  }

  private static Key key(INDArray array) {
    return new Key(buffer(array), null);
  }

  /** The value of an array; null if it has none or was closed. */
  V get(INDArray array) {
    return array.wasClosed() ? null : values.get(key(array));
  }

  /** The value of an open array, made if there is none. */
  V get(INDArray array, Supplier<V> making) {
    removeUnreachable();
    return values.computeIfAbsent(new Key(buffer(array), unreachable), key -> making.get());
  }

  /** Removes the value of an open array. */
  void remove(INDArray array) {
    values.remove(key(array));
  }

  /** Removes the values of unreachable buffers, once the garbage collector has found them. */
  void collect() {
    Reference<?> mark = new WeakReference<>(new Object(), unreachable);
    System.gc();
    // References arrive in the queue some time after the collection, as the mark does.
    long wait = FIRST_MILLISECONDS;
    for (Reference<?> key = next(wait); key != null; key = next(wait)) {
      wait = key == mark ? NEXT_MILLISECONDS : wait;
      remove(key);
    }
  }

  private Reference<?> next(long milliseconds) {
    try {
      return unreachable.remove(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return unreachable.poll();
    }
  }

  private void removeUnreachable() {
    for (Reference<?> key = unreachable.poll(); key != null; key = unreachable.poll()) {
      remove(key);
    }
  }

  private void remove(Reference<?> key) {
    V value = values.remove(key);
    if (value != null) {
      left.accept(value);
    }
  }
}
