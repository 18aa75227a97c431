package io.github.coconut4j.data.batch;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * An iterator that ends where the one behind it fails, and keeps what it failed with. ND4J's
 * asynchronous iterator would let its consumer wait for ever after a failure, and it resets an
 * iterator that is at its end, which would begin another epoch: hence this one cannot be reset.
 */
@RequiredArgsConstructor
final class FailureKeepingIterator implements MultiDataSetIterator {

  private final MultiDataSetIterator source;
  private volatile Throwable failure;
  private MultiDataSet prepared;

  @Override
  public boolean hasNext() {
    if (prepared == null && failure == null) {
      prepare();
    }
    return prepared != null;
  }

  private void prepare() {
    try {
      prepared = source.hasNext() ? source.next() : null;
    } catch (RuntimeException | Error e) {
      failure = e; // thrown by rethrow(), on the consumer's thread
    }
  }

  @Override
  public MultiDataSet next() {
    MultiDataSet next = prepared;
    prepared = null;
    return next;
  }

  /** Throws what the source failed with, if it did. */
  void rethrow() {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  @Override
  public MultiDataSet next(int num) {
    return next();
  }

  @Override
  public boolean resetSupported() {
    return false;
  }

  @Override
  public void reset() {
    throw new UnsupportedOperationException("The batches of one epoch cannot be reset");
  }

  @Override
  public boolean asyncSupported() {
    return true;
  }

  @Override
  public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
    source.setPreProcessor(preProcessor);
  }

  @Override
  public MultiDataSetPreProcessor getPreProcessor() {
    return source.getPreProcessor();
  }
}
