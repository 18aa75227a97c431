package io.github.coconut4j.model.latent;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lombok.Value;

/**
 * Where a batch's latents stand, which decides how many passes the transformer makes over it.
 *
 * <p>With N latents there are N + 1 passes: over the columns before the first latent, over each
 * latent but the last by itself, and over the last latent with all that follows. Without latents
 * there is one pass over all columns.
 */
@Value
public class LatentColumns {

  /** Columns of a batch without latents. */
  static final LatentColumns NONE = new LatentColumns(0, 0);

  /** Column of the first latent, the same in each row that has one; 0 without latents. */
  int first;

  /** Number of latents in the row that has most, N. */
  int latents;

  /**
   * Finds and checks the latents of a batch.
   *
   * @throws IllegalArgumentException if rows begin their latents in different columns, a row's
   *     latents are interrupted by a word, or a latent has no real position before it
   */
  public static LatentColumns of(LatentBatch batch) {
    int[] latentMask = batch.getLatentMask().reshape(-1).toIntVector();
    int[] attentionMask = batch.getAttentionMask().reshape(-1).toIntVector();
    LatentColumns columns = NONE;
    for (int row = 0; row < batch.rows(); row++) {
      LatentColumns own = ofRow(latentMask, attentionMask, row, batch.columns());
      columns = columns.merge(own, row);
    }
    return columns;
  }

  /** Column ranges of the passes, in order; together they cover all columns. */
  List<PassRange> passes() {
    if (latents == 0) {
      return List.of(new PassRange(0, null));
    }
    List<PassRange> passes = new ArrayList<>();
    passes.add(new PassRange(0, first));
    for (int column = first; column < first + latents - 1; column++) {
      passes.add(new PassRange(column, column + 1));
    }
    passes.add(new PassRange(first + latents - 1, null));
    return passes;
  }

  /**
   * Columns that one pass reads.
   *
   * @param from first column
   * @param to column after the last, or null for all that follow
   */
  record PassRange(int from, Integer to) {

    boolean isSingleColumn() {
      return to != null && to == from + 1;
    }
  }

  private static LatentColumns ofRow(int[] latentMask, int[] attentionMask, int row, int columns) {
    int start = row * columns;
    int first = 0;
    while (first < columns && latentMask[start + first] == 0) {
      first++;
    }
    if (first == columns) {
      return NONE;
    }
    requirePredecessor(attentionMask, row, start, first);
    int end = first;
    while (end < columns && latentMask[start + end] != 0) {
      end++;
    }
    for (int column = end; column < columns; column++) {
      if (latentMask[start + column] != 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "The latents of a row must follow one another, but row %d has one at column %d"
                    + " after a word at column %d.",
                row,
                column,
                end));
      }
    }
    return new LatentColumns(first, end - first);
  }

  private static void requirePredecessor(int[] attentionMask, int row, int start, int first) {
    if (first == 0 || attentionMask[start + first - 1] == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A latent's input is the hidden state before it, but row %d begins with a latent, at"
                  + " column %d. Put a token, such as <|start-latent|>, before it.",
              row,
              first));
    }
  }

  private LatentColumns merge(LatentColumns other, int row) {
    if (other.latents == 0 || latents == 0) {
      return latents == 0 ? other : this;
    }
    if (other.first != first) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The first latents of all rows must share a column, but row %d has its first at"
                  + " column %d and an earlier row at column %d. Pad the rows on the left.",
              row,
              other.first,
              first));
    }
    return new LatentColumns(first, Math.max(latents, other.latents));
  }
}
