package io.github.coconut4j.analyze.thought;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The tokens of rows that are written side by side and end at different times. */
final class GreedyRows {

  private final List<IntStream.Builder> written = new ArrayList<>();
  private final boolean[] ended;
  private final int[] endOfSequence;

  /** {@code endOfSequence}: ids of the tokens that end a row, at least one. */
  GreedyRows(int rows, int[] endOfSequence) {
    this.ended = new boolean[rows];
    this.endOfSequence = endOfSequence;
    for (int row = 0; row < rows; row++) {
      written.add(IntStream.builder());
    }
  }

  /**
   * Adds a token to each row that has not ended.
   *
   * @return what each row is to be advanced by; rows that have ended go on with the first of these
   */
  int[] add(int[] tokens) {
    int[] next = new int[tokens.length];
    for (int row = 0; row < tokens.length; row++) {
      int token = tokens[row];
      ended[row] |= IntStream.of(endOfSequence).anyMatch(end -> end == token);
      next[row] = ended[row] ? endOfSequence[0] : token;
      if (!ended[row]) {
        written.get(row).add(token);
      }
    }
    return next;
  }

  boolean allEnded() {
    return IntStream.range(0, ended.length).allMatch(row -> ended[row]);
  }

  List<int[]> tokens() {
    return written.stream().map(row -> row.build().toArray()).toList();
  }
}
