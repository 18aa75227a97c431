package io.github.coconut4j.data.reader;

import io.github.coconut4j.data.IndexedProblems;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import lombok.RequiredArgsConstructor;

/** A text file with a problem on each line; blank lines are passed over. */
@RequiredArgsConstructor
final class ProblemLines {

  private final Path file;
  private final Function<String, ReasoningProblem> parser;

  /** Takes a problem and the place of its line in bytes. */
  @FunctionalInterface
  private interface Taker {
    void take(long offset, ReasoningProblem problem);
  }

  /** At most the first {@code limit} problems. */
  List<ReasoningProblem> read(int limit) throws IOException {
    List<ReasoningProblem> problems = new ArrayList<>();
    scan(limit, (offset, problem) -> problems.add(problem));
    return problems;
  }

  /** All problems, checked now and read again when they are asked for. */
  List<ReasoningProblem> index() throws IOException {
    LongStream.Builder offsets = LongStream.builder();
    scan(Integer.MAX_VALUE, (offset, problem) -> offsets.add(offset));
    offsets.add(Files.size(file));
    return new IndexedProblems(file, this::parse, offsets.build().toArray());
  }

  private void scan(int limit, Taker taker) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int number = 1;
    int taken = 0;
    try (InputStream input = new BufferedInputStream(Files.newInputStream(file))) {
      long position = 0;
      int next = 0;
      while (taken < limit && next >= 0) {
        next = input.read();
        position++;
        if (next >= 0 && next != '\n' && next != '\r') {
          line.write(next);
          continue;
        }
        if (!line.toString(StandardCharsets.ISO_8859_1).isBlank()) {
          taker.take(position - 1 - line.size(), parse(line.toByteArray()));
          taken++;
        }
        line.reset();
        number += next == '\n' ? 1 : 0;
      }
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(file + ", line " + number + ": " + e.getMessage(), e);
    } catch (CharacterCodingException e) {
      throw new InvalidProblemException(
          file + " must be UTF-8 text, found other bytes; convert the file to UTF-8", e);
    }
  }

  /** Reads the first line of some bytes. */
  private ReasoningProblem parse(byte[] bytes) throws CharacterCodingException {
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    return parser.apply(text.lines().findFirst().orElse(""));
  }
}
