package io.github.coconut4j.model.internal.kernel;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a batch asks of the latent loop: its passes over column ranges and the cells whose hidden
 * state is used. Rows are sequences, columns tokens, a cell is a row's token; arrays are [rows,
 * columns], row by row.
 */
final class LatentPlan {

  private final Cells cells;
  private final int[] hiddenCells;
  private final boolean everyCell;
  private final List<ColumnRange> passes;

  private LatentPlan(Cells cells, int[] hiddenCells, boolean everyCell, List<ColumnRange> passes) {
    this.cells = cells;
    this.hiddenCells = hiddenCells;
    this.everyCell = everyCell;
    this.passes = passes;
  }

  /**
   * A plan for hidden states at chosen cells: those before labels to train, all to analyse.
   *
   * @param hiddenCells row · columns + column, ascending
   * @throws IllegalArgumentException if an array is not [rows, columns], a latent is in column 0,
   *     the rows' first latents are not in one column, or cells do not ascend within the batch
   */
  static LatentPlan forCells(
      int rows,
      int columns,
      int[] positions,
      int[] attentionMask,
      int[] latentMask,
      int[] hiddenCells) {
    Cells cells = Cells.of(rows, columns, positions, attentionMask, latentMask);
    requireCells(hiddenCells, rows * columns);
    boolean every = hiddenCells.length == rows * columns;
    return new LatentPlan(cells, hiddenCells, every, LatentPasses.of(cells));
  }

  private static void requireCells(int[] chosen, int cells) {
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i] < (i == 0 ? 0 : chosen[i - 1] + 1) || chosen[i] >= cells) {
        throw new IllegalArgumentException(
            "Cells whose hidden states are asked for must ascend and be from 0 to "
                + (cells - 1)
                + "; found "
                + chosen[i]);
      }
    }
  }

  /**
   * A plan for prompts: the hidden state of each row's last real cell, one a row in their order.
   *
   * @throws IllegalArgumentException also if a row is all padding
   */
  static LatentPlan forLastCells(
      int rows, int columns, int[] positions, int[] attentionMask, int[] latentMask) {
    Cells cells = Cells.of(rows, columns, positions, attentionMask, latentMask);
    int[] last =
        IntStream.range(0, rows).map(row -> row * columns + lastReal(cells, row)).toArray();
    return new LatentPlan(cells, last, false, LatentPasses.of(cells));
  }

  private static int lastReal(Cells cells, int row) {
    int column = cells.lastReal(row);
    if (column < 0) {
      throw new IllegalArgumentException("Row " + row + " of the prompts is all padding");
    }
    return column;
  }

  /**
   * The same rows one column on: a pass over the new column alone, which later columns see.
   *
   * @param newPositions the new cells' position ids, one a row
   * @param hiddenRows rows whose new hidden state is handed out, in that order
   */
  LatentPlan next(int[] newPositions, int[] hiddenRows) {
    Cells wider = cells.withColumn(newPositions);
    int[] hidden = IntStream.of(hiddenRows).map(row -> row * wider.columns() + columns()).toArray();
    ColumnRange added = new ColumnRange(columns(), wider.columns());
    return new LatentPlan(wider, hidden, false, List.of(added));
  }

  /** The same rows without their last columns or hidden states: what {@link #next} goes on from. */
  LatentPlan firstColumns(int count) {
    return computed(cells.firstColumns(count));
  }

  /** Some of the rows, without hidden states: what {@link #next} goes on from. */
  LatentPlan ofRows(int[] kept) {
    return computed(cells.ofRows(kept));
  }

  private static LatentPlan computed(Cells cells) {
    return new LatentPlan(cells, new int[0], false, List.of());
  }

  int rows() {
    return cells.rows();
  }

  int columns() {
    return cells.columns();
  }

  /** The cells (row · columns + column) whose hidden states are handed out, in their order. */
  int[] hiddenCells() {
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
    return cells.isLatent(row, column);
  }

  boolean isReal(int row, int column) {
    return cells.isReal(row, column);
  }

  int position(int row, int column) {
    return cells.position(row, column);
  }

  int largestPosition() {
    return cells.largestPosition();
  }

  /**
   * Refuses rows that do not fit a position table.
   *
   * @throws IllegalArgumentException if a position id is negative or not below {@code positions}
   */
  void requirePositions(long positions) {
    cells.requirePositions(positions);
  }
}
