package io.github.coconut4j.model.internal.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The cells of a batch, [rows, columns] of tokens: their position ids, which are real rather than
 * padding, and which are latents.
 */
final class Cells {

  private final int rows;
  private final int columns;
  private final int[] positions;
  private final boolean[] real;
  private final boolean[] latent;

  private Cells(int rows, int columns, int[] positions, boolean[] real, boolean[] latent) {
    this.rows = rows;
    this.columns = columns;
    this.positions = positions;
    this.real = real;
    this.latent = latent;
  }

  /**
   * Cells of arrays [rows, columns], row by row.
   *
   * @throws IllegalArgumentException if an array is not [rows, columns], or either is 0
   */
  static Cells of(int rows, int columns, int[] positions, int[] attentionMask, int[] latentMask) {
    requireShape("position ids", positions, rows, columns);
    requireShape("attention mask", attentionMask, rows, columns);
    requireShape("latent mask", latentMask, rows, columns);
    return new Cells(rows, columns, positions.clone(), flags(attentionMask), flags(latentMask));
  }

  private static void requireShape(String name, int[] values, int rows, int columns) {
    if (rows < 1 || columns < 1 || values.length != (long) rows * columns) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The %s must have at least one row and column, and [%d, %d] values; found %d",
              name,
              rows,
              columns,
              values.length));
    }
  }

  private static boolean[] flags(int[] values) {
    boolean[] flags = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      flags[i] = values[i] != 0;
    }
    return flags;
  }

  /** The same cells and one real cell more at each row's end, none of them a latent any more. */
  Cells withColumn(int[] newPositions) {
    Cells wider = known(IntStream.range(0, rows).toArray(), columns, columns + 1);
    for (int row = 0; row < rows; row++) {
      wider.positions[wider.index(row, columns)] = newPositions[row];
      wider.real[wider.index(row, columns)] = true;
    }
    return wider;
  }

  /** The first {@code count} columns, none of their cells a latent any more. */
  Cells firstColumns(int count) {
    return known(IntStream.range(0, rows).toArray(), count, count);
  }

  /** Some of the rows, none of their cells a latent any more. */
  Cells ofRows(int[] kept) {
    return known(kept, columns, columns);
  }

  /** Cells whose keys and values are known, so that latents have their input. */
  private Cells known(int[] kept, int keptColumns, int width) {
    int[] keptPositions = new int[kept.length * width];
    boolean[] keptReal = new boolean[kept.length * width];
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(positions, index(kept[i], 0), keptPositions, i * width, keptColumns);
      System.arraycopy(real, index(kept[i], 0), keptReal, i * width, keptColumns);
    }
    return new Cells(kept.length, width, keptPositions, keptReal, new boolean[kept.length * width]);
  }

  private int index(int row, int column) {
    return row * columns + column;
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  boolean isLatent(int row, int column) {
    return latent[index(row, column)];
  }

  boolean isReal(int row, int column) {
    return real[index(row, column)];
  }

  int position(int row, int column) {
    return positions[index(row, column)];
  }

  int largestPosition() {
    return Arrays.stream(positions).max().orElseThrow();
  }

  /** Others would be read from outside the table. */
  void requirePositions(long tableSize) {
    requirePositions(positions, tableSize);
  }

  static void requirePositions(int[] positions, long tableSize) {
    for (int position : positions) {
      if (position < 0 || position >= tableSize) {
        throw new IllegalArgumentException(
            "A position id must be at least 0 and below the position table's size of "
                + tableSize
                + ", but the batch has "
                + position
                + ". Shorten the sequences or use a model with a larger n_positions.");
      }
    }
  }

  /** The column of a row's first latent, or -1. */
  int firstLatent(int row) {
    return IntStream.range(0, columns)
        .filter(column -> isLatent(row, column))
        .findFirst()
        .orElse(-1);
  }

  /** The column of a row's last latent, or -1. */
  int lastLatent(int row) {
    return last(row, latent);
  }

  /** The column of a row's last real cell, or -1. */
  int lastReal(int row) {
    return last(row, real);
  }

  private int last(int row, boolean[] flags) {
    int column = columns - 1;
    while (column >= 0 && !flags[index(row, column)]) {
      column--;
    }
    return column;
  }
}
