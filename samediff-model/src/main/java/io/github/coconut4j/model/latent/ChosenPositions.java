package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.Objects;

/** Positions b · T + t of a batch whose hidden states are requested, ascending. Immutable. */
final class ChosenPositions {

  static final ChosenPositions NONE = new ChosenPositions(new int[0]);

  private final int[] positions;

  private ChosenPositions(int[] positions) {
    this.positions = positions;
  }

  /**
   * Some of a batch's positions.
   *
   * @param bound number of positions in the batch
   * @throws IllegalArgumentException if they do not ascend within the batch or are null
   */
  static ChosenPositions of(int[] positions, int bound) {
    Arguments.requireAscending(
        positions,
        bound,
        "Positions whose hidden states are asked for",
        "Give each position once, in order.");
    return new ChosenPositions(positions.clone());
  }

  int count() {
    return positions.length;
  }

  /**
   * One of the positions.
   *
   * @throws IndexOutOfBoundsException if {@code index} is not in [0, count)
   */
  int get(int index) {
    return positions[Objects.checkIndex(index, positions.length)];
  }

  /** Number of these before a position of the batch. */
  int before(int position) {
    int found = Arrays.binarySearch(positions, position);
    return found >= 0 ? found : -found - 1;
  }

  /** The positions in [{@code from}, {@code to}), relative to {@code from}. */
  ChosenPositions range(int from, int to) {
    return new ChosenPositions(
        Arrays.stream(positions, before(from), before(to))
            .map(position -> position - from)
            .toArray());
  }
}
