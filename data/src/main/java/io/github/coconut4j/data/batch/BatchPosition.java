package io.github.coconut4j.data.batch;

/**
 * A place in the order of all batches: what a checkpoint keeps of an iterator.
 *
 * @param epoch counted from 0
 * @param batch index within the epoch of the batch that comes next, counted from 0
 */
public record BatchPosition(int epoch, int batch) {

  /** The first batch of the first epoch. */
  public static final BatchPosition START = new BatchPosition(0, 0);

  /**
   * Creates a position.
   *
   * @throws IllegalArgumentException if a number is negative
   */
  public BatchPosition {
    if (epoch < 0 || batch < 0) {
      throw new IllegalArgumentException(
          "A position needs an epoch and a batch from 0 on, found " + epoch + " and " + batch);
    }
  }
}
