package io.github.coconut4j.cli;

import io.github.coconut4j.data.Utf8Text;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/**
 * Lines that a training adds to a {@code metrics.jsonl}, printed after the training, since a
 * cluster writes the file at its end. A resumed training has printed the earlier lines before.
 */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class AddedMetrics {

  private final Path file;
  private final List<String> before;

  /**
   * Remembers the file's lines, before a training.
   *
   * @param resume whether the training continues the file; otherwise it replaces it
   */
  static AddedMetrics to(Path file, boolean resume) throws IOException {
    return new AddedMetrics(file, resume ? lines(file) : List.of());
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? Utf8Text.read(file).lines().toList() : List.of();
  }

  /** Prints the lines from the first one that was not there before. */
  void print(PrintWriter output) throws IOException {
    List<String> lines = lines(file);
    int same = 0;
    while (same < Math.min(before.size(), lines.size())
        && before.get(same).equals(lines.get(same))) {
      same++;
    }
    lines.subList(same, lines.size()).forEach(line -> output.print(line + "\n"));
    output.flush();
  }
}
