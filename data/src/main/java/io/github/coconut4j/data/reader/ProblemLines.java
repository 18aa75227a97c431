package io.github.coconut4j.data.reader;

import io.github.coconut4j.data.IndexedProblems;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.NotUtf8Exception;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.Utf8Text;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.stream.LongStream;
import lombok.RequiredArgsConstructor;

/** Reads a text with a problem on each line; blank lines are skipped. */
@RequiredArgsConstructor
final class ProblemLines {

  private final Function<String, ReasoningProblem> parser;

  /**
   * Reads at most the first {@code limit} problems.
   *
   * @param source name of the input in errors
   */
  List<ReasoningProblem> read(InputStream input, String source, int limit) throws IOException {
    List<ReasoningProblem> problems = new ArrayList<>();
    scan(input, source, limit, (problem, offset) -> problems.add(problem));
    return problems;
  }

  /** Reads at most the first {@code limit} problems of a file. */
  List<ReasoningProblem> read(Path file, int limit) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      return read(input, file.toString(), limit);
    }
  }

  /** All problems of a file, checked now and read again on access. */
  List<ReasoningProblem> index(Path file) throws IOException {
    LongStream.Builder offsets = LongStream.builder();
    try (InputStream input = Files.newInputStream(file)) {
      scan(input, file.toString(), Integer.MAX_VALUE, (problem, offset) -> offsets.add(offset));
    }
    offsets.add(Files.size(file));
    return new IndexedProblems(
        file, bytes -> parser.apply(firstLine(bytes)), offsets.build().toArray());
  }

  /**
   * Reads problems one after the other.
   *
   * @param consumer receives each problem and the offset of its line in bytes
   */
  private void scan(
      InputStream input, String source, int limit, ObjLongConsumer<ReasoningProblem> consumer)
      throws IOException {
    LineReader lines = new LineReader(new BufferedInputStream(input));
    int count = 0;
    try {
      while (count < limit && lines.next()) {
        String line = Utf8Text.decode(lines.bytes(), "a line");
        requireNoNul(line);
        if (!line.isBlank()) {
          consumer.accept(parser.apply(line), lines.offset());
          count++;
        }
      }
    } catch (InvalidProblemException | NotUtf8Exception e) {
      throw new InvalidProblemException(
          String.format(
              Locale.ROOT,
              "%s, line %d, problem %d (counted from 0): %s",
              source,
              lines.number(),
              count,
              e.getMessage()),
          e);
    }
  }

  private static void requireNoNul(String line) {
    if (line.indexOf('\0') >= 0) {
      throw new InvalidProblemException(
          "a line must be UTF-8 text, found a NUL character, as UTF-16 and files that are no text"
              + " have; convert it to UTF-8");
    }
  }

  private static String firstLine(byte[] bytes) throws NotUtf8Exception {
    return Utf8Text.decode(bytes, "a line").lines().findFirst().orElse("");
  }
}
