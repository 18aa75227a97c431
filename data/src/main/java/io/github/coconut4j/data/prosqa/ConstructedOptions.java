package io.github.coconut4j.data.prosqa;

import java.util.Locale;
import lombok.Builder;
import lombok.Value;

/** Options of {@link ConstructedGenerator}. */
@Value
public class ConstructedOptions {

  /** The kind of graph; default {@link GraphKind#DEEP}. */
  GraphKind kind;

  /**
   * Number of nodes of a graph, including two people; default 28. Chains and stars, whose parts
   * have equal length, have at most this many nodes, the other kinds exactly this many.
   */
  int nodes;

  /** Smallest number of steps of a chain, at least 1; default 3. */
  int minSteps;

  /**
   * Largest number of steps of a chain; default 6. Every number between the two has equal
   * probability.
   */
  int maxSteps;

  /** Seed of every random choice: equal options give equal problems. */
  long seed;

  /** The names to sample from; default {@link ProsQaNames#extended()}. */
  ProsQaNames names;

  /**
   * Creates options.
   *
   * @throws IllegalArgumentException if a value is outside its range, or the nodes are too few for
   *     the steps or too many for the names
   */
  @Builder(toBuilder = true)
  public ConstructedOptions(
      GraphKind kind,
      Integer nodes,
      Integer minSteps,
      Integer maxSteps,
      long seed,
      ProsQaNames names) {
    this.kind = kind == null ? GraphKind.DEEP : kind;
    this.nodes = nodes == null ? 28 : nodes;
    this.minSteps = minSteps == null ? 3 : minSteps;
    this.maxSteps = maxSteps == null ? 6 : maxSteps;
    this.seed = seed;
    this.names = names == null ? ProsQaNames.extended() : names;
    requireSteps();
    requireNodes();
  }

  private void requireSteps() {
    if (minSteps < 1) {
      throw refused("minSteps must be at least 1, found %d; ask for longer chains", minSteps);
    }
    if (maxSteps < minSteps) {
      throw refused(
          "maxSteps must be at least minSteps, %d, found %d; raise it or lower minSteps",
          minSteps, maxSteps);
    }
  }

  private void requireNodes() {
    int people = names.getPeople().size();
    if (people < 2) {
      throw refused("The names must be of 2 people or more, found %d; allow more people", people);
    }
    long least = kind.leastNodes(maxSteps);
    if (nodes < least) {
      throw refused(
          "nodes must be at least %d for two sides of %d steps (maxSteps), found %d; allow more"
              + " nodes or fewer steps",
          least, maxSteps, nodes);
    }
    int most = names.getConcepts().size() + 2;
    if (nodes > most) {
      throw refused(
          "nodes must be at most %d, as many as there are names of concepts and two of people,"
              + " found %d; allow fewer nodes or more names",
          most, nodes);
    }
  }

  private static IllegalArgumentException refused(String message, Object... values) {
    return new IllegalArgumentException(String.format(Locale.ROOT, message, values));
  }
}
