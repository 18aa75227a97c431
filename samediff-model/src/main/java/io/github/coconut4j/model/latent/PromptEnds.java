package io.github.coconut4j.model.latent;

import java.util.Arrays;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Where each prompt of a batch ends, which is where its continuation begins. */
@AllArgsConstructor(access = AccessLevel.PRIVATE)
final class PromptEnds {

  /** Each row's last real column. */
  private final int[] columns;

  /** Each row's position id there. */
  private final int[] positions;

  /**
   * Finds the last real column of every row.
   *
   * @throws IllegalArgumentException if a row is padding alone
   */
  static PromptEnds of(LatentBatch prompts) {
    int[] columns = new int[prompts.rows()];
    int[] positions = new int[prompts.rows()];
    for (int row = 0; row < columns.length; row++) {
      int column = prompts.columns() - 1;
      while (column >= 0 && prompts.getAttentionMask().getInt(row, column) == 0) {
        column--;
      }
      if (column < 0) {
        throw new IllegalArgumentException(
            "A prompt needs at least one token, but row " + row + " is padding alone.");
      }
      columns[row] = column;
      positions[row] = prompts.getPositionIds().getInt(row, column);
    }
    return new PromptEnds(columns, positions);
  }

  /** Position ids of the first new tokens. */
  int[] nextPositions() {
    return Arrays.stream(positions).map(position -> position + 1).toArray();
  }

  /**
   * Checks that new tokens have positions left.
   *
   * @throws IllegalArgumentException if the longest prompt and the new tokens outgrow the table
   */
  void requireRoom(int newTokens, int positionTable) {
    int longest = Arrays.stream(positions).max().orElse(-1) + 1;
    if (longest + newTokens > positionTable) {
      throw new IllegalArgumentException(
          String.format(
              "A prompt and its continuation must fit the position table of %d, but the longest"
                  + " prompt has %d tokens and %d new ones were asked for. Ask for at most %d.",
              positionTable, longest, newTokens, Math.max(0, positionTable - longest)));
    }
  }

  /**
   * Copies the hidden states of the rows that end in these columns.
   *
   * @param hidden [B, t, D], of columns from {@code from} on
   * @param last [B, D], written where a row ends
   */
  void copyLast(INDArray hidden, int from, INDArray last) {
    for (int row = 0; row < columns.length; row++) {
      int column = columns[row] - from;
      if (column >= 0 && column < hidden.size(1)) {
        last.putRow(row, hidden.get(NDArrayIndex.point(row), NDArrayIndex.point(column)));
      }
    }
  }
}
