package io.github.coconut4j.data.batch;

/**
 * The sizes of the batches of a {@link BucketedIterator}, which are known before the batches are
 * made.
 *
 * @param sequences number of sequences in an epoch, at least 1
 * @param batchSize the iterator's batch size, at least 1
 * @param group the iterator's number of batches per group, at least 1
 * @param seed the iterator's seed
 */
public record BatchSizes(int sequences, int batchSize, int group, long seed) {

  /**
   * Number of sequences of a batch.
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
