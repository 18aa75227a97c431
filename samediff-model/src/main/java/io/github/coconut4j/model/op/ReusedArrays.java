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
 * A session's arrays, used again from run to run: fresh memory costs more than the arithmetic of a
 * small step. ND4J's own cache hands an array that a caller still holds to the next run; here a
 * run's results are the caller's until {@link #takeBack}, which may come from another thread while
 * the next run is on its way.
 *
 * <p>Idle arrays take at most as much memory as the largest run asked for.
 */
final class ReusedArrays extends AbstractMemoryMgr {

  private final BiFunction<DataType, long[], INDArray> creation;

  /** Told of arrays that nobody reads any more. */
  private final Consumer<INDArray> unread;

  /** By type and shape, least recently used kinds first. */
  private final Map<LongShapeDescriptor, Deque<INDArray>> idle =
      new LinkedHashMap<>(16, 0.75f, true);

  /** What this run was given and may give back. */
  private final Set<INDArray> lent = identitySet();

  private boolean closed;
  private long idleBytes;
  private long runBytes;
  private long largestRunBytes;

  /**
   * Arrays that ND4J makes.
   *
   * @param unread told of arrays that nobody reads any more
   */
  ReusedArrays(Consumer<INDArray> unread) {
    this(Nd4j::createUninitializedDetached, unread);
  }

  /**
   * Arrays that are made in a certain way.
   *
   * @param creation from type and shape, throws OutOfMemoryError where there is no room
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
      freeIdle(); // which may be what lacks
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
    // The session tells arrays apart by their numbers, and this is another one to it.
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

  /** Makes arrays the caller's, whatever the session releases at the run's end. */
  synchronized void handOut(Collection<INDArray> results) {
    results.forEach(lent::remove);
  }

  /** Begins a run. What one that failed was given is freed: it may be why the next has no room. */
  synchronized void startRun() {
    freeLent();
    runBytes = 0;
  }

  /** Ends a run, whose results were handed out: ND4J releases only some of the others. */
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

  /** Taken back twice, an array would be two runs' at once. */
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
