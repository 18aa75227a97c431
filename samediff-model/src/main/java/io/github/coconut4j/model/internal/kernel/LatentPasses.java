package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The passes that a batch's latents ask for. With the first latent at column p and N latents in the
 * longest row they are the columns [0, p), then single columns, then [p + N - 1, columns): each
 * latent's input is the final hidden state one column before it (Coconut, arXiv 2412.06769, section
 * 3).
 */
final class LatentPasses {

  private LatentPasses() {}

  /**
   * The passes in their order; one over all columns where there is no latent.
   *
   * @throws IllegalArgumentException if a latent is in column 0 or the rows' first latents are not
   *     in one column
   */
  static List<ColumnRange> of(Cells cells) {
    int first = -1;
    int last = -1;
    for (int row = 0; row < cells.rows(); row++) {
      int rowFirst = cells.firstLatent(row);
      if (rowFirst < 0) {
        continue;
      }
      requireOneColumn(first, row, rowFirst);
      first = rowFirst;
      last = Math.max(last, cells.lastLatent(row));
    }
    if (first == 0) {
      throw new IllegalArgumentException(
          "A latent in column 0 has no hidden state before it; a token must come first");
    }
    return first < 0
        ? List.of(new ColumnRange(0, cells.columns()))
        : around(first, last, cells.columns());
  }

  private static void requireOneColumn(int first, int row, int rowFirst) {
    if (first >= 0 && rowFirst != first) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The first latents of all rows must be in one column; row %d has its first in"
                  + " column %d, another row in column %d: pad the rows on the left",
              row,
              rowFirst,
              first));
    }
  }

  private static List<ColumnRange> around(int firstLatent, int lastLatent, int columns) {
    List<ColumnRange> ranges = new ArrayList<>();
    ranges.add(new ColumnRange(0, firstLatent));
    for (int column = firstLatent; column < lastLatent; column++) {
      ranges.add(new ColumnRange(column, column + 1));
    }
    ranges.add(new ColumnRange(lastLatent, columns));
    return List.copyOf(ranges);
  }
}
