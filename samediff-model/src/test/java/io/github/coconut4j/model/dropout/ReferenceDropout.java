package io.github.coconut4j.model.dropout;

import java.util.Arrays;

/** Dropout's multipliers computed from their definition, with a separate generator. */
public final class ReferenceDropout {

  private static final int SITES_WITH_RESIDUAL_RATE = 2;
  private static final int SITES_OF_ADAPTERS = 16;

  private final Dropout dropout;

  /**
   * @param dropout or null for none
   */
  public ReferenceDropout(Dropout dropout) {
    this.dropout = dropout;
  }

  /** Of the elements of a row, in a layer at the site of that number. */
  public double[] multipliers(int site, int layer, int sequence, int head, int step, int count) {
    double[] all = new double[count];
    Arrays.fill(all, 1);
    double rate = dropout == null ? 0 : rate(site);
    if (rate == 0) {
      return all;
    }
    long dropped = Math.min(Math.round(rate * 65536), 65535);
    int[] seed = {(int) dropout.seed(), (int) (dropout.seed() >> 32)};
    int[] update = {(int) dropout.update(), (int) (dropout.update() >> 32)};
    int[] key = philox(seed, update[0], update[1], site, layer);
    int[] value = {};
    for (int i = 0; i < count; i++) {
      if (i % 8 == 0) {
        value = philox(key, i / 8, step, head, dropout.firstSequence() + sequence);
      }
      int word = value[i % 8 / 2];
      int decision = i % 2 == 0 ? word & 0xFFFF : word >>> 16;
      all[i] = decision < dropped ? 0 : 65536.0 / (65536 - dropped);
    }
    return all;
  }

  private double rate(int site) {
    if (site >= SITES_OF_ADAPTERS) {
      return dropout.rates().adapter();
    }
    if (site >= SITES_WITH_RESIDUAL_RATE) {
      return dropout.rates().residual();
    }
    return site == 0 ? dropout.rates().embedding() : dropout.rates().attention();
  }

  /** Philox-4x32-10 as in the paper. */
  static int[] philox(int[] key, int... counter) {
    int[] x = counter.clone();
    int[] k = key.clone();
    for (int round = 0; round < 10; round++) {
      long product0 = Integer.toUnsignedLong(x[0]) * 0xD2511F53L;
      long product1 = Integer.toUnsignedLong(x[2]) * 0xCD9E8D57L;
      x =
          new int[] {
            (int) (product1 >>> 32) ^ x[1] ^ k[0],
            (int) product1,
            (int) (product0 >> 32) ^ x[3] ^ k[1],
            (int) product0
          };
      k[0] += 0x9E3779B9;
      k[1] += 0xBB67AE85;
    }
    return x;
  }
}
