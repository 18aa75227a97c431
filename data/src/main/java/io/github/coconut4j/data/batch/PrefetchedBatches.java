package io.github.coconut4j.data.batch;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The rest of an epoch's batches, prepared ahead of time on a separate thread: the same batches in
 * the same order.
 *
 * <p>{@link #next()} throws a failure of the thread, at the batch that failed. {@link #close()}
 * ends the thread and waits for it. For one consumer thread.
 */
// ND4J's AsyncMultiDataSetIterator leaves its consumer waiting forever after a failure, and resets
// an iterator at its end, which would begin another epoch.
public final class PrefetchedBatches implements Iterator<MultiDataSet>, AutoCloseable {

  static final String THREAD = "batch-prefetch";

  /**
   * Largest number of batches made ahead: enough to hide the time for a pool of single batches; the
   * first group of a pool builds all its lanes ({@link EpochOrder}).
   */
  private static final int AHEAD = 8;

  private final BucketedIterator source;
  private final ExecutorService thread;
  private final Queue<Future<MultiDataSet>> ahead = new ArrayDeque<>();

  /** Selects the batches of the epoch that are made. */
  private final IntPredicate wanted;

  /** The first batch of the epoch that the thread was not requested to make yet. */
  private int batch;

  /**
   * Starts to prepare batches.
   *
   * @param batches source of the batches, from its position to the end of its epoch; nothing else
   *     may use it before {@link #close()}
   */
  public PrefetchedBatches(BucketedIterator batches) {
    this(batches, batch -> true);
  }

  /**
   * Starts to prepare some of the batches.
   *
   * @param batches as above
   * @param wanted selects batches by index within the epoch; the others are skipped
   */
  public PrefetchedBatches(BucketedIterator batches, IntPredicate wanted) {
    source = batches;
    this.wanted = wanted;
    thread = Executors.newSingleThreadExecutor(PrefetchedBatches::threadOnThisDevice);
    batch = batches.batch();
    for (int i = 0; i < AHEAD; i++) {
      prepare();
    }
  }

  private static Thread threadOnThisDevice(Runnable work) {
    int device = Nd4j.getAffinityManager().getDeviceForCurrentThread();
    Runnable there =
        () -> {
          Nd4j.getAffinityManager().unsafeSetDevice(device);
          work.run();
        };
    Thread thread = new Thread(there, THREAD);
    thread.setDaemon(true);
    return thread;
  }

  private void prepare() {
    while (batch < source.batchesPerEpoch() && !wanted.test(batch)) {
      thread.execute(source::skip);
      batch++;
    }
    if (batch < source.batchesPerEpoch()) {
      ahead.add(thread.submit(() -> source.next()));
      batch++;
    }
  }

  @Override
  public boolean hasNext() {
    return !ahead.isEmpty();
  }

  @Override
  public MultiDataSet next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The epoch has no more batches");
    }
    Future<MultiDataSet> next = ahead.remove();
    prepare();
    try {
      return next.get();
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("Interrupted while a batch was prepared");
    }
  }

  private static RuntimeException failure(ExecutionException e) {
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return (RuntimeException) e.getCause(); // a source throws no checked exceptions
  }

  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = false;
    while (!thread.isTerminated()) {
      try {
        thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
