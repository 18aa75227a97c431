package io.github.coconut4j.tuning.cli;

import io.github.coconut4j.cli.TextTable;
import io.github.coconut4j.tuning.record.CandidateRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/** The candidates of a search as a text table, by number. */
final class CandidateTable {

  private CandidateTable() {}

  static TextTable of(List<CandidateRecord> candidates) {
    List<String> keys =
        candidates.stream()
            .flatMap(candidate -> candidate.getParameters().keySet().stream())
            .distinct()
            .toList();
    TextTable table =
        new TextTable(
            Stream.of(
                    List.of("candidate"),
                    keys,
                    List.of("score", "tokens", "status", "updates", "seconds", "cause"))
                .flatMap(List::stream)
                .toArray(String[]::new));
    candidates.stream()
        .sorted(Comparator.comparingInt(CandidateRecord::getCandidate))
        .forEach(candidate -> table.row(row(candidate, keys)));
    return table;
  }

  private static String[] row(CandidateRecord candidate, List<String> keys) {
    List<String> cells = new ArrayList<>();
    cells.add(String.valueOf(candidate.getCandidate()));
    keys.forEach(key -> cells.add(shown(candidate.getParameters().get(key), "%.4g")));
    cells.add(shown(candidate.getScore(), "%.4f"));
    cells.add(shown(candidate.getMeanTokens(), "%.1f"));
    cells.add(candidate.getStatus().key());
    cells.add(shown(candidate.getUpdates(), "%.0f"));
    cells.add(shown(candidate.getSeconds(), "%.0f"));
    cells.add(Objects.toString(candidate.getCause(), ""));
    return cells.toArray(String[]::new);
  }

  private static String shown(Object value, String format) {
    return value instanceof Double number
        ? String.format(Locale.ROOT, format, number)
        : Objects.toString(value, "");
  }
}
