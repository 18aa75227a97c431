package io.github.coconut4j.model.objective;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The distinct positions that an objective's terms read, and the index of each term's positions
 * among them.
 */
final class PositionIndex {

  private final int[] all;

  private PositionIndex(int[] all) {
    this.all = all;
  }

  /** Makes the index from the positions of several terms, in any order. */
  static PositionIndex of(int[]... terms) {
    return new PositionIndex(
        Stream.of(terms).flatMapToInt(IntStream::of).sorted().distinct().toArray());
  }

  /** All positions, ascending. */
  int[] positions() {
    return all.clone();
  }

  /** Indices of some positions among all, INT32. */
  INDArray numbers(int... positions) {
    return Nd4j.createFromArray(
        IntStream.of(positions).map(position -> Arrays.binarySearch(all, position)).toArray());
  }
}
