package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The part of a batch that one worker computes: rows [{@code firstRow}, {@code firstRow + rows}).
 *
 * <p>Cells are laid out column by column, so that every pass is a contiguous range of lines: the
 * cell (row, column) is line {@code column · rows + row}. The last layer's queries are needed only
 * where a hidden state is used; those cells are numbered pass by pass, and row by row within a
 * pass.
 */
final class SlicePlan {

  private final LatentPlan plan;
  private final int firstRow;
  private final int rows;
  private final int[] hidden;
  private final int[] neededLine;
  private final int[] neededIndex;
  private final List<Pass> passes = new ArrayList<>();

  /** One pass: its cells' lines [from, to) and its needed cells' numbers [neededFrom, neededTo). */
  record Pass(
      int firstColumn,
      int endColumn,
      long from,
      long to,
      int neededFrom,
      int neededTo,
      List<AttentionBlock> blocks,
      List<AttentionBlock> neededBlocks) {
    long lines() {
      return to - from;
    }

    int needed() {
      return neededTo - neededFrom;
    }

    /** The first line of a layer's query side. */
    long queryFrom(boolean compact) {
      return compact ? neededFrom : from;
    }

    long queryLines(boolean compact) {
      return compact ? needed() : lines();
    }
  }

  SlicePlan(LatentPlan plan, int firstRow, int rows, AttentionBlocks attention) {
    this.plan = plan;
    this.firstRow = firstRow;
    this.rows = rows;
    hidden = hidden();
    boolean[] needed = needed();
    neededIndex = new int[rows * plan.columns()];
    Arrays.fill(neededIndex, -1);
    int[] lines = new int[needed.length];
    int count = 0;
    for (ColumnRange range : plan.columnRanges()) {
      int neededFrom = count;
      for (int row = 0; row < rows; row++) {
        for (int column = range.from(); column < range.to(); column++) {
          int line = line(row, column);
          if (needed[line]) {
            neededIndex[line] = count;
            lines[count++] = line;
          }
        }
      }
      passes.add(pass(range, neededFrom, count, lines, attention));
    }
    neededLine = Arrays.copyOf(lines, count);
  }

  private Pass pass(
      ColumnRange range, int neededFrom, int neededTo, int[] lines, AttentionBlocks attention) {
    List<AttentionBlock> needed =
        plan.everyCell()
            ? List.of()
            : attention.ofLines(this, Arrays.copyOfRange(lines, neededFrom, neededTo), neededFrom);
    return new Pass(
        range.from(),
        range.to(),
        (long) range.from() * rows,
        (long) range.to() * rows,
        neededFrom,
        neededTo,
        attention.ofColumns(this, range),
        needed);
  }

  private int[] hidden() {
    return IntStream.range(0, plan.hiddenCount())
        .filter(
            i -> {
              int row = plan.hiddenCell(i) / plan.columns() - firstRow;
              return row >= 0 && row < rows;
            })
        .toArray();
  }

  private boolean[] needed() {
    boolean[] needed = new boolean[rows * plan.columns()];
    for (int number : hidden) {
      int cell = plan.hiddenCell(number);
      needed[line(cell / plan.columns() - firstRow, cell % plan.columns())] = true;
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 1; column < plan.columns(); column++) {
        if (isLatent(row, column)) {
          needed[line(row, column - 1)] = true;
        }
      }
    }
    return needed;
  }

  LatentPlan batch() {
    return plan;
  }

  int firstRow() {
    return firstRow;
  }

  int rows() {
    return rows;
  }

  int columns() {
    return plan.columns();
  }

  List<Pass> passes() {
    return passes;
  }

  int line(int row, int column) {
    return column * rows + row;
  }

  int neededCount() {
    return neededLine.length;
  }

  /** The line of a needed cell. */
  int neededLine(int index) {
    return neededLine[index];
  }

  /** The number of the needed cell at a line. */
  int neededIndex(int line) {
    return neededIndex[line];
  }

  boolean isLatent(int row, int column) {
    return plan.isLatent(firstRow + row, column);
  }

  int position(int row, int column) {
    return plan.position(firstRow + row, column);
  }

  /** The line on the last layer's query side of the cell at a line. */
  int query(int line) {
    return plan.everyCell() ? line : neededIndex[line];
  }

  /** How many of the batch's hidden states this slice hands out. */
  int hiddenCount() {
    return hidden.length;
  }

  /** The number in the batch of the slice's hidden state {@code index}. */
  int hiddenNumber(int index) {
    return hidden[index];
  }

  /** Its line on the last layer's query side. */
  int hiddenQuery(int index) {
    int cell = plan.hiddenCell(hidden[index]);
    return query(line(cell / plan.columns() - firstRow, cell % plan.columns()));
  }

  /** Whether the query at {@code column} of {@code row} sees the key at {@code key}. */
  boolean sees(int row, int column, int key) {
    if (key == column) {
      return true;
    }
    return key < column && plan.isReal(firstRow + row, column) && plan.isReal(firstRow + row, key);
  }

  /** Whether a row's cells are all real up to {@code end}, exclusive. */
  boolean isUnpadded(int row, int end) {
    for (int column = 0; column < end; column++) {
      if (!plan.isReal(firstRow + row, column)) {
        return false;
      }
    }
    return true;
  }
}
