package io.github.coconut4j.model.samediff;

import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Keys and values of one layer for all time steps read so far.
 *
 * @param keys [B, H, K, S]
 * @param values [B, H, K, S]
 */
record KeyValues(SDVariable keys, SDVariable values) {

  /** Keys and values of the first time steps. */
  KeyValues first(int steps) {
    SDIndex kept = SDIndex.interval(0, steps);
    return new KeyValues(
        keys.get(SDIndex.all(), SDIndex.all(), kept, SDIndex.all()),
        values.get(SDIndex.all(), SDIndex.all(), kept, SDIndex.all()));
  }
}
