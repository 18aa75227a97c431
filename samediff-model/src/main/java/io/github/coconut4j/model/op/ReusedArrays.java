package io.github.coconut4j.model.op;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.BaseNDArray;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reuses a session's arrays from run to run, since new memory costs more than the arithmetic of a
 * small step. ND4J's own cache gives an array that a caller still holds to the next run. Here the
 * caller owns a run's results until {@link #takeBack}, which another thread may call during the
 * next run.
 *
 * <p>Idle arrays take at most as much memory as the largest run.
 */
final class ReusedArrays extends AbstractMemoryMgr {

  private final BiFunction<DataType, long[], INDArray> creation;

  /** Notified of arrays that nobody reads any more. */
  private final Consumer<INDArray> unread;

  /** Idle arrays by type and shape, the least recently used first. */
  private final Map<LongShapeDescriptor, Deque<INDArray>> idle =
      new LinkedHashMap<>(16, 0.75f, true);

  /** Arrays that this run was given and may return. */
  private final Set<INDArray> lent = identitySet();

  private boolean closed;
  private long idleBytes;
  private long runBytes;
  private long largestRunBytes;

  /**
   * Reuses arrays that ND4J allocates.
   *
   * @param unread notified of arrays that nobody reads any more
   */
  ReusedArrays(Consumer<INDArray> unread) {
    this(Nd4j::createUninitializedDetached, unread);
  }

  /**
   * Reuses arrays that a function allocates.
   *
   * @param creation makes an array of a type and shape; throws OutOfMemoryError if there is not
   *     enough memory
   */
  ReusedArrays(BiFunction<DataType, long[], INDArray> creation) {
    this(creation, array -> {});
  }

  private ReusedArrays(BiFunction<DataType, long[], INDArray> creation, Consumer<INDArray> unread) {
    this.creation = creation;
    this.unread = unread;
  }

  @Override
  public synchronized INDArray allocate(boolean detached, DataType type, long... shape) {
    INDArray array = idle(LongShapeDescriptor.fromShape(shape, type));
    if (array == null) {
      array = fresh(type, shape);
    }
    lent.add(array);
    runBytes += bytes(array);
    return array;
  }

  @Override
  public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
    return descriptor.isEmpty()
        ? Nd4j.create(descriptor)
        : allocate(detached, descriptor.dataType(), descriptor.getShape());
  }

  private INDArray fresh(DataType type, long... shape) {
    try {
      return creation.apply(type, shape);
    } catch (OutOfMemoryError e) {
      if (idle.isEmpty()) {
        throw e;
      }
      freeIdle(); // which may be the missing memory
      return creation.apply(type, shape);
    }
  }

  private INDArray idle(LongShapeDescriptor kind) {
    Deque<INDArray> same = idle.get(kind);
    if (same == null) {
      return null;
    }
    INDArray array = same.pop();
    if (same.isEmpty()) {
      idle.remove(kind);
    }
    idleBytes -= bytes(array);
    // The session distinguishes arrays by their ids, so this counts as another one.
    ((BaseNDArray) array).assignNewId();
    return array;
  }

  /** Ends the session's use of an array. */
  @Override
  public synchronized void release(INDArray array) {
    if (lent.remove(array)) {
      keep(array);
    }
  }

  /** Gives arrays to the caller, whatever the session releases at the end of the run. */
  synchronized void handOut(Collection<INDArray> results) {
    results.forEach(lent::remove);
  }

  /**
   * Begins a run. Frees the arrays of a failed run, which may be the memory that the next one
   * needs.
   */
  synchronized void startRun() {
    freeLent();
    runBytes = 0;
  }

  /**
   * Ends a run whose results were handed out, and releases the other arrays: ND4J releases only
   * some.
   */
  synchronized void endRun() {
    List.copyOf(lent).forEach(this::release);
    largestRunBytes = Math.max(largestRunBytes, runBytes);
    runBytes = 0;
    trim();
  }

  /** Ends the use of an array that was handed out. */
  synchronized void takeBack(INDArray array) {
    if (array.wasClosed() || !array.closeable() || isIdle(array)) {
      return;
    }
    lent.remove(array);
    if (closed) {
      unread.accept(array);
      array.close();
    } else {
      keep(array);
      trim();
    }
  }

  /** An array that is taken back twice would belong to two runs at once. */
  private boolean isIdle(INDArray array) {
    Deque<INDArray> same = idle.get(kind(array));
    return same != null && same.stream().anyMatch(other -> other == array);
  }

  private void keep(INDArray array) {
    unread.accept(array);
    idle.computeIfAbsent(kind(array), kind -> new ArrayDeque<>()).push(array);
    idleBytes += bytes(array);
  }

  private void trim() {
    Iterator<Deque<INDArray>> kinds = idle.values().iterator();
    while (idleBytes > Math.max(largestRunBytes, runBytes) && kinds.hasNext()) {
      kinds.next().forEach(this::close);
      kinds.remove();
    }
  }

  private void freeLent() {
    for (INDArray array : lent) {
      if (!array.wasClosed() && array.closeable()) {
        array.close();
      }
    }
    lent.clear();
  }

  private void freeIdle() {
    idle.values().forEach(arrays -> arrays.forEach(this::close));
    idle.clear();
  }

  private void close(INDArray array) {
    idleBytes -= bytes(array);
    array.close();
  }

  private static LongShapeDescriptor kind(INDArray array) {
    return LongShapeDescriptor.fromShape(array.shape(), array.dataType());
  }

  private static long bytes(INDArray array) {
    return array.length() * array.dataType().width();
  }

  private static <T> Set<T> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  @Override
  public synchronized void close() {
    closed = true;
    freeLent();
    freeIdle();
  }
}
