package io.github.coconut4j.model.objective;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The positions that an objective's terms read, each once, and where each term finds its own. */
final class PositionIndex {

  private final int[] all;

  private PositionIndex(int[] all) {
    this.all = all;
  }

  /** Of the positions of several terms, in any order. */
  static PositionIndex of(int[]... terms) {
    return new PositionIndex(
        Stream.of(terms).flatMapToInt(IntStream::of).sorted().distinct().toArray());
  }

  /** All positions, ascending. */
  int[] positions() {
    return all.clone();
  }

  /** Numbers of some positions among all, INT32. */
  INDArray numbers(int... positions) {
    return Nd4j.createFromArray(
        IntStream.of(positions).map(position -> Arrays.binarySearch(all, position)).toArray());
  }
}
