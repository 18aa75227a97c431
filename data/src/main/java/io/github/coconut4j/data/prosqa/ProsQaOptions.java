package io.github.coconut4j.data.prosqa;

import java.util.Locale;
import lombok.Builder;
import lombok.Value;

/** Options for generating ProsQA problems. The defaults are those of the published data set. */
@Value
public class ProsQaOptions {

  /** Number of nodes, before those without edges are dropped; at least 4; published 28. */
  int nodes;

  /** Smallest number of steps of a chain, at least 1; published 3. */
  int minSteps;

  /** Largest number of steps of a chain, not below {@code minSteps}; published 6. */
  int maxSteps;

  /**
   * Whether both options have the same depth, counted from the nearest person, so that depth does
   * not reveal the answer; published false.
   */
  boolean balanced;

  /** Seed of every random choice: equal options give equal problems. */
  long seed;

  /** The names to sample from. */
  ProsQaNames names;

  /**
   * Creates options.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  @Builder(toBuilder = true)
  public ProsQaOptions(
      Integer nodes,
      Integer minSteps,
      Integer maxSteps,
      boolean balanced,
      long seed,
      ProsQaNames names) {
    this.names = names == null ? ProsQaNames.published() : names;
    this.nodes = nodes == null ? 28 : nodes;
    this.minSteps = minSteps == null ? 3 : minSteps;
    this.maxSteps = maxSteps == null ? 6 : maxSteps;
    this.balanced = balanced;
    this.seed = seed;
    int mostNodes = this.names.getPeople().size() + this.names.getConcepts().size();
    requireRange("nodes", this.nodes, 4, mostNodes, "a problem has two people and two options");
    requireRange("minSteps", this.minSteps, 1, this.nodes - 3, "a chain has at least one step");
    requireRange("maxSteps", this.maxSteps, this.minSteps, this.nodes - 3, "or lower minSteps");
  }

  private static void requireRange(String key, int value, int least, int most, String remark) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be from %d to %d, found %d (%s; more nodes allow longer chains, up to as many"
                  + " nodes as there are names)",
              key,
              least,
              most,
              value,
              remark));
    }
  }
}
