package io.github.coconut4j.data.batch;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.nd4j.linalg.dataset.AsyncMultiDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * The rest of an epoch's batches, prepared ahead on a thread of its own by ND4J's {@link
 * AsyncMultiDataSetIterator}: the same batches in the same order.
 *
 * <p>What the thread fails with is thrown here, at the batch that it failed to make. The thread
 * ends with the epoch or with {@link #close()}, which waits for it. Belongs to one thread.
 */
public final class PrefetchedBatches implements Iterator<MultiDataSet>, AutoCloseable {

  /** Batches made ahead at most: enough to hide the making of a pool of {@link EpochOrder}. */
  private static final int AHEAD = 8;

  private final FailureKeepingIterator source;
  private final AsyncMultiDataSetIterator ahead;

  /**
   * Starts to prepare batches.
   *
   * @param batches where they come from, from its position to its epoch's end; not to be used by
   *     anyone else before {@link #close()}
   */
  public PrefetchedBatches(BucketedIterator batches) {
    source = new FailureKeepingIterator(batches);
    // Without a workspace, whose memory would be used again under a batch that is still held.
    ahead = new AsyncMultiDataSetIterator(source, AHEAD, false);
  }

  @Override
  public boolean hasNext() {
    boolean hasNext = ahead.hasNext();
    if (!hasNext) {
      source.rethrow();
    }
    return hasNext;
  }

  @Override
  public MultiDataSet next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The epoch has no more batches");
    }
    return ahead.next();
  }

  @Override
  public void close() {
    ahead.shutdown();
  }
}
