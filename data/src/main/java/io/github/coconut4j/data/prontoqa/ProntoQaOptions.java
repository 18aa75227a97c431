package io.github.coconut4j.data.prontoqa;

import lombok.Builder;
import lombok.Value;

/** Options for generating ProntoQA problems. */
@Value
public class ProntoQaOptions {

  /** Number of rules that lead from the given fact to the conclusion, 1 to 12; published 5. */
  int hops;

  /** Seed of every random choice: equal options give equal problems. */
  long seed;

  /**
   * Creates options.
   *
   * @throws IllegalArgumentException if the number of hops is outside its range
   */
  @Builder
  public ProntoQaOptions(Integer hops, long seed) {
    this.hops = hops == null ? 5 : hops;
    this.seed = seed;
    if (this.hops < 1 || this.hops > 12) {
      throw new IllegalArgumentException(
          "hops must be from 1 to 12 (each needs a property of its own), found "
              + this.hops
              + "; give a number in this range");
    }
  }
}
