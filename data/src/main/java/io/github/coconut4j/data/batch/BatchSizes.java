package io.github.coconut4j.data.batch;

/**
 * How many sequences the batches of a {@link BucketedIterator} have, which is known before they are
 * made.
 *
 * @param sequences in an epoch, at least 1
 * @param batchSize of the iterator, at least 1
 * @param group of the iterator, at least 1
 * @param seed of the iterator
 */
public record BatchSizes(int sequences, int batchSize, int group, long seed) {

  /**
   * Sequences of a batch.
   *
   * @param epoch counted from 0
   * @param batch index within the epoch, from 0
   */
  public int of(int epoch, int batch) {
    int rest = sequences % batchSize;
    if (rest == 0) {
      return batchSize;
    }
    int batches = sequences / batchSize + 1;
    return batch == EpochOrder.lastCut(batches, group, seed, epoch) ? rest : batchSize;
  }
}
