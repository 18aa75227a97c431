package io.github.coconut4j.data.reader;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads a text file with a problem on each line; blank lines are passed over. */
final class ProblemLines {

  private ProblemLines() {}

  static List<ReasoningProblem> read(
      Path file, int limit, Function<String, ReasoningProblem> parser) throws IOException {
    List<ReasoningProblem> problems = new ArrayList<>();
    int number = 0;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      String line = reader.readLine();
      while (line != null && problems.size() < limit) {
        number++;
        if (!line.isBlank()) {
          problems.add(parser.apply(line));
        }
        line = reader.readLine();
      }
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(file + ", line " + number + ": " + e.getMessage(), e);
    } catch (CharacterCodingException e) {
      throw new InvalidProblemException(
          file + " must be UTF-8 text, found other bytes; convert the file to UTF-8", e);
    }
    return problems;
  }
}
