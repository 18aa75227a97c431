package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a batch asks of the latent loop: its passes over column ranges and the cells whose hidden
 * state is used. Rows are sequences, columns tokens, a cell is a row's token; arrays are [rows,
 * columns], row by row.
 *
 * <p>With the first latent at column p and N latents in the longest row, the passes are the columns
 * [0, p), then single columns, then [p + N - 1, columns): each latent's input is the final hidden
 * state one column before it (Coconut, arXiv 2412.06769, section 3).
 */
public final class LatentPlan {

  private final int rows;
  private final int columns;
  private final int[] positions;
  private final boolean[] real;
  private final boolean[] latent;
  private final boolean everyCell;
  private final int[] hiddenCells;
  private final List<ColumnRange> passes;

  /** Columns {@code from} (inclusive) to {@code to} (exclusive). */
  record ColumnRange(int from, int to) {
    int size() {
      return to - from;
    }
  }

  private LatentPlan(
      int rows,
      int columns,
      int[] positions,
      boolean[] real,
      boolean[] latent,
      int[] hiddenCells,
      boolean everyCell,
      List<ColumnRange> passes) {
    this.rows = rows;
    this.columns = columns;
    this.positions = positions;
    this.real = real;
    this.latent = latent;
    this.hiddenCells = hiddenCells;
    this.everyCell = everyCell;
    this.passes = passes == null ? passes() : passes;
  }

  /**
   * A plan for hidden states at chosen cells: those before labels to train, all to analyse.
   *
   * @param cells row · columns + column, ascending
   * @throws IllegalArgumentException if an array is not [rows, columns], a latent is in column 0,
   *     or the rows' first latents are not in one column
   */
  public static LatentPlan forCells(
      int rows, int columns, int[] positions, int[] attentionMask, int[] latentMask, int[] cells) {
    boolean every = cells.length == rows * columns;
    return checked(rows, columns, positions, attentionMask, latentMask, cells, every);
  }

  /**
   * A plan for prompts: the hidden state of each row's last real cell, one a row in their order.
   *
   * @throws IllegalArgumentException also if a row is all padding
   */
  public static LatentPlan forLastCells(
      int rows, int columns, int[] positions, int[] attentionMask, int[] latentMask) {
    requireShape("attention mask", attentionMask, rows, columns);
    int[] last = new int[rows];
    for (int row = 0; row < rows; row++) {
      int column = columns - 1;
      while (column >= 0 && attentionMask[row * columns + column] == 0) {
        column--;
      }
      if (column < 0) {
        throw new IllegalArgumentException("Row " + row + " of the prompts is all padding");
      }
      last[row] = row * columns + column;
    }
    return checked(rows, columns, positions, attentionMask, latentMask, last, false);
  }

  private static LatentPlan checked(
      int rows,
      int columns,
      int[] positions,
      int[] attentionMask,
      int[] latentMask,
      int[] hiddenCells,
      boolean everyCell) {
    requireShape("position ids", positions, rows, columns);
    requireShape("attention mask", attentionMask, rows, columns);
    requireShape("latent mask", latentMask, rows, columns);
    return new LatentPlan(
        rows,
        columns,
        positions.clone(),
        flags(attentionMask),
        flags(latentMask),
        hiddenCells,
        everyCell,
        null);
  }

  /**
   * The same rows one column on: a pass over the new column alone, which later columns see.
   *
   * @param newPositions the new cells' position ids, one a row
   * @param hiddenRows rows whose new hidden state is handed out, in that order
   */
  LatentPlan next(int[] newPositions, int[] hiddenRows) {
    int wider = columns + 1;
    int[] cells = IntStream.of(hiddenRows).map(row -> row * wider + columns).toArray();
    int[] widerPositions = new int[rows * wider];
    boolean[] widerReal = new boolean[rows * wider];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(positions, row * columns, widerPositions, row * wider, columns);
      System.arraycopy(real, row * columns, widerReal, row * wider, columns);
      widerPositions[row * wider + columns] = newPositions[row];
      widerReal[row * wider + columns] = true;
    }
    return new LatentPlan(
        rows,
        wider,
        widerPositions,
        widerReal,
        new boolean[rows * wider],
        cells,
        false,
        List.of(new ColumnRange(columns, wider)));
  }

  /** The same rows without their last columns or hidden states: what {@link #next} goes on from. */
  LatentPlan firstColumns(int count) {
    int[] keptPositions = new int[rows * count];
    boolean[] keptReal = new boolean[rows * count];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(positions, row * columns, keptPositions, row * count, count);
      System.arraycopy(real, row * columns, keptReal, row * count, count);
    }
    return new LatentPlan(
        rows,
        count,
        keptPositions,
        keptReal,
        new boolean[rows * count],
        new int[0],
        false,
        List.of());
  }

  /** Some of the rows, without hidden states: what {@link #next} goes on from. */
  LatentPlan ofRows(int[] kept) {
    int[] keptPositions = new int[kept.length * columns];
    boolean[] keptReal = new boolean[kept.length * columns];
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(positions, kept[i] * columns, keptPositions, i * columns, columns);
      System.arraycopy(real, kept[i] * columns, keptReal, i * columns, columns);
    }
    return new LatentPlan(
        kept.length,
        columns,
        keptPositions,
        keptReal,
        new boolean[kept.length * columns],
        new int[0],
        false,
        List.of());
  }

  private static void requireShape(String name, int[] values, int rows, int columns) {
    if (rows < 1 || columns < 1 || values.length != (long) rows * columns) {
      throw new IllegalArgumentException(
          String.format(
              "The %s must have at least one row and column, and [%d, %d] values; found %d",
              name, rows, columns, values.length));
    }
  }

  private static boolean[] flags(int[] values) {
    boolean[] flags = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      flags[i] = values[i] != 0;
    }
    return flags;
  }

  private List<ColumnRange> passes() {
    int first = -1;
    int last = -1;
    for (int row = 0; row < rows; row++) {
      int rowFirst = firstLatent(row);
      if (rowFirst < 0) {
        continue;
      }
      if (first >= 0 && rowFirst != first) {
        throw new IllegalArgumentException(
            String.format(
                "The first latents of all rows must be in one column; row %d has its first in"
                    + " column %d, another row in column %d: pad the rows on the left",
                row, rowFirst, first));
      }
      first = rowFirst;
      last = Math.max(last, lastLatent(row));
    }
    if (first == 0) {
      throw new IllegalArgumentException(
          "A latent in column 0 has no hidden state before it; a token must come first");
    }
    return first < 0 ? List.of(new ColumnRange(0, columns)) : passes(first, last);
  }

  private List<ColumnRange> passes(int firstLatent, int lastLatent) {
    List<ColumnRange> ranges = new ArrayList<>();
    ranges.add(new ColumnRange(0, firstLatent));
    for (int column = firstLatent; column < lastLatent; column++) {
      ranges.add(new ColumnRange(column, column + 1));
    }
    ranges.add(new ColumnRange(lastLatent, columns));
    return List.copyOf(ranges);
  }

  private int firstLatent(int row) {
    for (int column = 0; column < columns; column++) {
      if (isLatent(row, column)) {
        return column;
      }
    }
    return -1;
  }

  private int lastLatent(int row) {
    int column = columns - 1;
    while (!isLatent(row, column)) {
      column--;
    }
    return column;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /** The cells (row · columns + column) whose hidden states are handed out, in their order. */
  public int[] hiddenCells() {
    return hiddenCells.clone();
  }

  int hiddenCount() {
    return hiddenCells.length;
  }

  int hiddenCell(int index) {
    return hiddenCells[index];
  }

  /** Whether the last layer computes every cell, not only those whose hidden state is used. */
  boolean everyCell() {
    return everyCell;
  }

  List<ColumnRange> columnRanges() {
    return passes;
  }

  boolean isLatent(int row, int column) {
    return latent[row * columns + column];
  }

  boolean isReal(int row, int column) {
    return real[row * columns + column];
  }

  int position(int row, int column) {
    return positions[row * columns + column];
  }

  int largestPosition() {
    return IntStream.of(positions).max().orElseThrow();
  }
}
