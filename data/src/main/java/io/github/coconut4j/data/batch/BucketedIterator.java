package io.github.coconut4j.data.batch;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Batches of sequences of similar length, in a random but reproducible order.
 *
 * <p>Each epoch shuffles all sequences and cuts them into at least four pools of at most {@value
 * #MAX_BATCHES_IN_POOL} groups of batches; the sequences of each place within the groups are sorted
 * by length and cut into batches, and the groups are shuffled. So a batch has little padding, but
 * any two sequences may occur in the same batch. Every sequence occurs once per epoch; the last
 * batch of the last pool may be smaller than the others.
 *
 * <p>Batches may come in groups, the micro-batches of an update. These have similar lengths, so
 * that they take a similar time. By default a group is a single batch. An epoch's last group may
 * have fewer batches. A consumer that takes only the first batch of each group has no sequences of
 * the others built.
 *
 * <p>The order depends only on the seed and the epoch, so a resumed run needs only {@link #epoch()}
 * and {@link #batch()}. {@link SequenceBatcher} describes the format of the batches; their example
 * metadata are the indices of their sequences in the source.
 *
 * <p>{@link PrefetchedBatches} makes batches ahead of time; then this iterator is ahead of its
 * consumer, which has to count the batches itself. Not thread-safe.
 */
public final class BucketedIterator implements MultiDataSetIterator {

  /** Largest number of groups of batches whose sequences are sorted together. */
  public static final int MAX_BATCHES_IN_POOL = 50;

  private final SequenceSource source;
  private final SequenceBatcher batcher;
  private final int batchSize;
  private final int group;
  private final long seed;

  private int epoch;
  private int batch;
  private boolean untouched = true;
  private EpochOrder order;
  private MultiDataSetPreProcessor preProcessor;

  /**
   * Creates an iterator of single batches, positioned at the first batch of epoch 0.
   *
   * @param batchSize number of sequences in a batch, at least 1
   * @param seed seed of the order
   * @throws IllegalArgumentException if the source is empty or the batch size below 1
   */
  public BucketedIterator(
      SequenceSource source, SequenceBatcher batcher, int batchSize, long seed) {
    this(source, batcher, batchSize, 1, seed);
  }

  /**
   * Creates an iterator positioned at the first batch of epoch 0.
   *
   * @param batchSize number of sequences in a batch, at least 1
   * @param group number of batches in a group, at least 1
   * @param seed seed of the order
   * @throws IllegalArgumentException if the source is empty, or the batch size or the group below 1
   */
  public BucketedIterator(
      SequenceSource source, SequenceBatcher batcher, int batchSize, int group, long seed) {
    if (source.size() < 1 || batchSize < 1 || group < 1) {
      throw new IllegalArgumentException(
          "Batches need at least 1 sequence, a batch size and a group of at least 1, found "
              + source.size()
              + " sequences, batch size "
              + batchSize
              + " and group "
              + group
              + "; give at least 1 of each");
    }
    this.group = group;
    this.source = source;
    this.batcher = batcher;
    this.batchSize = batchSize;
    this.seed = seed;
  }

  /** Number of batches in each epoch. */
  public int batchesPerEpoch() {
    return (source.size() - 1) / batchSize + 1;
  }

  /** The current epoch, counted from 0. */
  public int epoch() {
    return epoch;
  }

  /**
   * Index within the epoch of the batch that {@link #next()} returns; the number of batches at the
   * end.
   */
  public int batch() {
    return batch;
  }

  /**
   * Continues at a batch of an epoch, as if every batch before it had been taken.
   *
   * @param atEpoch counted from 0
   * @param atBatch index of the next batch within the epoch, from 0 to {@link #batchesPerEpoch()}
   * @throws IllegalArgumentException if the epoch has fewer batches, or a number is negative
   */
  public void restore(int atEpoch, int atBatch) {
    if (atEpoch < 0 || atBatch < 0 || atBatch > batchesPerEpoch()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A position must lie within the %d batches of an epoch, found epoch %d and batch %d;"
                  + " resume with the data and the batch size of the interrupted run",
              batchesPerEpoch(),
              atEpoch,
              atBatch));
    }
    epoch = atEpoch;
    batch = atBatch;
    untouched = true;
    order = null;
  }

  @Override
  public boolean hasNext() {
    return batch < batchesPerEpoch();
  }

  @Override
  public MultiDataSet next() {
    requireNext();
    if (order == null) {
      order = new EpochOrder(source, batchSize, group, seed, epoch);
    }
    MultiDataSet next = batch(order.batch(batch));
    batch++;
    untouched = false;
    if (preProcessor != null) {
      preProcessor.preProcess(next);
    }
    return next;
  }

  /**
   * Skips a batch without making it.
   *
   * @throws NoSuchElementException if the epoch has no more
   */
  public void skip() {
    requireNext();
    batch++;
    untouched = false;
  }

  private void requireNext() {
    if (!hasNext()) {
      throw new NoSuchElementException(
          "Epoch " + epoch + " has no more batches; reset() begins the next epoch");
    }
  }

  private MultiDataSet batch(Map<Integer, TokenSequence> sequences) {
    MultiDataSet made = batcher.batch(List.copyOf(sequences.values()));
    made.setExampleMetaData(List.copyOf(sequences.keySet()));
    return made;
  }

  /**
   * Not supported beyond the batch size given at construction.
   *
   * @throws UnsupportedOperationException if another number is requested
   */
  @Override
  public MultiDataSet next(int num) {
    if (num != batchSize) {
      throw new UnsupportedOperationException(
          "Batches of "
              + batchSize
              + " sequences are made, found a request for "
              + num
              + "; call next()");
    }
    return next();
  }

  /**
   * Begins the next epoch. If no batch has been taken since construction, {@link #restore} or the
   * last reset, this does nothing, so wrappers that reset before they begin skip nothing.
   */
  @Override
  public void reset() {
    if (!untouched) {
      restore(epoch + 1, 0);
    }
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  @Override
  public boolean asyncSupported() {
    return true;
  }

  @Override
  public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
    this.preProcessor = preProcessor;
  }

  @Override
  public MultiDataSetPreProcessor getPreProcessor() {
    return preProcessor;
  }
}
