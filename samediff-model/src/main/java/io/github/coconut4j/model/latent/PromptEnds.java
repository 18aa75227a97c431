package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import java.util.Arrays;
import java.util.Locale;
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
   * Checks prompts before either decoder reads them.
   *
   * @throws IllegalArgumentException if a token or position id is out of range, latents are
   *     misplaced, a row is padding alone, or the longest prompt and the new tokens outgrow the
   *     position table
   */
  static void require(LatentBatch prompts, int newTokens, TransformerConfig config) {
    LatentColumns.of(prompts);
    requireTokens(prompts.getInputIds().reshape(-1).toIntVector(), config.getVocabSize());
    int[] positionIds = prompts.getPositionIds().reshape(-1).toIntVector();
    requirePositions(positionIds, config.getNPositions());
    of(prompts).requireRoom(newTokens, config.getNPositions());
  }

  /** Others would be read from outside the token table. */
  static void requireTokens(int[] tokens, int vocabulary) {
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        throw new IllegalArgumentException(
            "A token id must be at least 0 and below the model's vocabulary of "
                + vocabulary
                + ", but is "
                + token
                + ". Does the tokenizer belong to this model?");
      }
    }
  }

  private static void requirePositions(int[] positionIds, int positionTable) {
    for (int position : positionIds) {
      if (position < 0 || position >= positionTable) {
        throw new IllegalArgumentException(
            "A position id must be at least 0 and below the position table's size of "
                + positionTable
                + ", but the prompts have "
                + position
                + ". Shorten the prompts or use a model with a larger n_positions.");
      }
    }
  }

  private void requireRoom(int newTokens, int positionTable) {
    int longest = Arrays.stream(positions).max().orElse(-1) + 1;
    int room = positionTable - longest;
    if (newTokens < 0) {
      throw new IllegalArgumentException(
          "New tokens must be at least 0, but " + newTokens + " were asked for.");
    }
    if (newTokens > room) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A prompt and its continuation must fit the position table of %d, but the longest"
                  + " prompt has %d tokens and %d new ones were asked for. Ask for at most %d.",
              positionTable,
              longest,
              newTokens,
              room));
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
