package io.github.coconut4j.model.dropout;

import java.util.Objects;

/**
 * Dropout of one batch: its rates and the start of its random numbers. Equal instances give equal
 * masks; each update of a run needs another.
 *
 * <p>A sequence's masks depend on the seed, the update and the sequence's index within the whole
 * update. So micro-batches have the same masks as one large batch if each starts at the index of
 * its first sequence: {@link #after}.
 *
 * @param rates dropout rates
 * @param seed the run's seed
 * @param update number of the update
 * @param firstSequence index within the update of the batch's first sequence, at least 0
 */
public record Dropout(DropoutRates rates, long seed, long update, int firstSequence) {

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if {@code firstSequence} is negative
   */
  public Dropout {
    Objects.requireNonNull(rates, "rates");
    if (firstSequence < 0) {
      throw new IllegalArgumentException(
          "The index of a batch's first sequence must be at least 0, but is "
              + firstSequence
              + ". Count an update's sequences from 0.");
    }
  }

  /** The dropout of an update's first batch. */
  public Dropout(DropoutRates rates, long seed, long update) {
    this(rates, seed, update, 0);
  }

  /** The dropout of the batch that follows a batch of this many sequences in the same update. */
  public Dropout after(int sequences) {
    return new Dropout(rates, seed, update, Math.addExact(firstSequence, sequences));
  }

  /** The mask of a layer's site, or null if nothing is dropped there. */
  public DropoutMask mask(DropoutSite site, int layer) {
    double rate = rates.of(site);
    return rate == 0 ? null : new DropoutMask(rate, key(site, layer), firstSequence);
  }

  /** A separate key for each update, site and layer, which do not fit into a counter. */
  private long key(DropoutSite site, int layer) {
    long[] words =
        Philox.value(seed, (int) update, (int) (update >>> Integer.SIZE), site.number(), layer);
    return words[0] | (words[1] << Integer.SIZE);
  }
}
