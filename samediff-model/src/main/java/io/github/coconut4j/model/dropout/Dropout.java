package io.github.coconut4j.model.dropout;

import java.util.Objects;

/**
 * Dropout of one batch: what is dropped how often, and where its random numbers begin. Equal ones
 * give equal masks; each update of a run needs another.
 *
 * <p>A sequence's masks depend on the seed, the update and the sequence's index within the whole
 * update. So micro-batches have the masks of one large batch where each begins at the index of its
 * first sequence: {@link #after}.
 *
 * @param rates what is dropped how often
 * @param seed the run's
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

  /** That of an update's first batch. */
  public Dropout(DropoutRates rates, long seed, long update) {
    this(rates, seed, update, 0);
  }

  /** That of the batch which follows a batch of so many sequences in the same update. */
  public Dropout after(int sequences) {
    return new Dropout(rates, seed, update, Math.addExact(firstSequence, sequences));
  }

  /** The mask of a layer's site, or null where nothing is dropped there. */
  public DropoutMask mask(DropoutSite site, int layer) {
    double rate = rates.of(site);
    return rate == 0 ? null : new DropoutMask(rate, key(site, layer), firstSequence);
  }

  /** A key of its own for each update, site and layer, for which a counter has no room. */
  private long key(DropoutSite site, int layer) {
    long[] words =
        Philox.value(seed, (int) update, (int) (update >>> Integer.SIZE), site.number(), layer);
    return words[0] | (words[1] << Integer.SIZE);
  }
}
