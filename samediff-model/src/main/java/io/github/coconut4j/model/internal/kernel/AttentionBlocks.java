package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the queries of a pass into blocks that see few masked keys, with the masks they add to their
 * scores: 0 where a query sees a key and a large negative number elsewhere.
 */
final class AttentionBlocks implements AutoCloseable {

  /** Keys are taken in multiples of this, so that batches of all lengths share compiled shapes. */
  static final int KEY_STEP = 32;

  private static final int LARGEST_BLOCK = 32;

  /** Scores computed at a time, so that they stay in the second-level cache. */
  private static final long SCORES = 96 * 1024;

  private static final float UNSEEN = -1e30f;

  private final int heads;
  private final NativeFloats masks = new NativeFloats();
  private float[] values = new float[1024];
  private int used;

  AttentionBlocks(int heads) {
    this.heads = heads;
  }

  /** Forgets the masks of the batch before. */
  void start() {
    used = 0;
  }

  /** Blocks of all cells of a column range, laid out column by column. */
  List<AttentionBlock> ofColumns(SlicePlan slice, ColumnRange range) {
    List<AttentionBlock> blocks = new ArrayList<>();
    for (int column = range.from(); column < range.to(); ) {
      int lines = Math.min(range.to() - column, LARGEST_BLOCK);
      int keys = keys(column + lines);
      boolean shared = isUnpadded(slice, 0, slice.rows(), column + lines);
      int sharedMask = used;
      if (shared) {
        addMask(slice, 0, columns(column, lines), keys);
      }
      for (int row = 0; row < slice.rows(); ) {
        int rows = rowsAtOnce(slice.rows() - row, lines, keys);
        int mask = shared ? sharedMask : used;
        if (!shared) {
          for (int i = row; i < row + rows; i++) {
            addMask(slice, i, columns(column, lines), keys);
          }
        }
        blocks.add(
            new AttentionBlock(
                row, rows, lines, keys, slice.line(row, column), 1, slice.rows(), mask, !shared));
        row += rows;
      }
      column += lines;
    }
    return blocks;
  }

  /** Blocks of single cells, given by their lines row by row and numbered from {@code first}. */
  List<AttentionBlock> ofLines(SlicePlan slice, int[] lines, int first) {
    List<AttentionBlock> blocks = new ArrayList<>();
    int[][] columns = columnsByRow(slice, lines);
    int index = first;
    for (int row = 0; row < slice.rows(); ) {
      int alike = 1;
      while (row + alike < slice.rows() && columns[row + alike].length == columns[row].length) {
        alike++;
      }
      addBlocks(slice, row, alike, columns, index, blocks);
      index += alike * columns[row].length;
      row += alike;
    }
    return blocks;
  }

  private void addBlocks(
      SlicePlan slice,
      int firstRow,
      int alike,
      int[][] columns,
      int firstIndex,
      List<AttentionBlock> blocks) {
    int queries = columns[firstRow].length;
    for (int done = 0; done < queries; ) {
      int lines = Math.min(queries - done, LARGEST_BLOCK);
      for (int row = firstRow; row < firstRow + alike; ) {
        int end = 0;
        for (int i = row; i < firstRow + alike; i++) {
          end = Math.max(end, columns[i][done + lines - 1] + 1);
        }
        int keys = keys(end);
        int rows = rowsAtOnce(firstRow + alike - row, lines, keys);
        int mask = used;
        for (int i = row; i < row + rows; i++) {
          addMask(slice, i, java.util.Arrays.copyOfRange(columns[i], done, done + lines), keys);
        }
        long query = firstIndex + (long) (row - firstRow) * queries + done;
        blocks.add(new AttentionBlock(row, rows, lines, keys, query, queries, 1, mask, true));
        row += rows;
      }
      done += lines;
    }
  }

  private static int[][] columnsByRow(SlicePlan slice, int[] lines) {
    int[][] columns = new int[slice.rows()][];
    for (int row = 0; row < columns.length; row++) {
      int wanted = row;
      columns[row] =
          java.util.Arrays.stream(lines)
              .filter(line -> line % slice.rows() == wanted)
              .map(line -> line / slice.rows())
              .toArray();
    }
    return columns;
  }

  private int rowsAtOnce(int remaining, int lines, int keys) {
    long fitting = Math.max(1, SCORES / ((long) heads * lines * keys));
    return (int) Long.highestOneBit(Math.min(fitting, remaining));
  }

  private void addMask(SlicePlan slice, int row, int[] columns, int keys) {
    int end = used + columns.length * keys;
    if (end > values.length) {
      values = java.util.Arrays.copyOf(values, Math.max(end, 2 * values.length));
    }
    for (int column : columns) {
      for (int key = 0; key < keys; key++) {
        values[used++] = slice.sees(row, column, key) ? 0 : UNSEEN;
      }
    }
  }

  private static int[] columns(int first, int count) {
    int[] columns = new int[count];
    for (int i = 0; i < count; i++) {
      columns[i] = first + i;
    }
    return columns;
  }

  private static boolean isUnpadded(SlicePlan slice, int firstRow, int rows, int end) {
    for (int row = firstRow; row < firstRow + rows; row++) {
      if (!slice.isUnpadded(row, end)) {
        return false;
      }
    }
    return true;
  }

  static int keys(int columns) {
    return (columns + KEY_STEP - 1) / KEY_STEP * KEY_STEP;
  }

  /** Copies the masks to native memory and returns their address. */
  long finish() {
    long address = masks.require(Math.max(1, used));
    new FloatAddress().at(address).put(values, 0, used);
    return address;
  }

  @Override
  public void close() {
    masks.close();
  }
}
