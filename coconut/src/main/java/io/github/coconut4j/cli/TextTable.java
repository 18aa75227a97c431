package io.github.coconut4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Columns of text, the first aligned left and the others right. */
public final class TextTable {

  private final List<List<String>> rows = new ArrayList<>();

  /** Makes a table with its header row. */
  public TextTable(String... header) {
    rows.add(List.of(header));
  }

  /** Adds a row with as many cells as the header. */
  public void row(String... cells) {
    rows.add(List.of(cells));
  }

  @Override
  public String toString() {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(1))
            .toArray();
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder(pad(row.get(0), -widths[0]));
    for (int column = 1; column < row.size(); column++) {
      line.append("  ").append(pad(row.get(column), widths[column]));
    }
    return line.toString().stripTrailing() + System.lineSeparator();
  }

  private static String pad(String cell, int width) {
    return String.format("%" + (width == 0 ? 1 : width) + "s", cell);
  }
}
