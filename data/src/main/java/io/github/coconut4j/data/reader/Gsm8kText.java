package io.github.coconut4j.data.reader;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.LfsPointer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * GSM8K as augmented for implicit chain of thought (Deng et al., arXiv 2311.01460), which the paper
 * trains on: each line is {@code question||<<4-2=2>> <<2/.5=4>> #### 4}, where the steps are the
 * equations separated by spaces. A line may have no steps. An answer may contain commas and is kept
 * unchanged.
 */
public final class Gsm8kText {

  private static final String STEPS_MARK = "||";
  private static final String ANSWER_MARK = "####";

  private Gsm8kText() {}

  /**
   * Reads at most the first {@code limit} problems of a file.
   *
   * @throws InvalidProblemException if a line has another format, naming the line
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file, int limit) throws IOException {
    return lines().read(file, limit);
  }

  /** The reader of such lines. */
  static ProblemLines lines() {
    return new ProblemLines(Gsm8kText::parse);
  }

  /**
   * Reads one line.
   *
   * @throws InvalidProblemException if it has another format
   */
  public static ReasoningProblem parse(String line) {
    if (LfsPointer.begins(line)) {
      throw new InvalidProblemException("a problem must stand here, " + LfsPointer.FOUND);
    }
    int steps = line.indexOf(STEPS_MARK);
    int answer = line.lastIndexOf(ANSWER_MARK);
    if (steps < 0 || answer < steps) {
      throw new InvalidProblemException(
          "a problem must read 'question||steps #### answer', found '"
              + Utf8Text.abbreviated(line, 60)
              + "'; write each problem on one line of this form or as a JSON object, or the file as a JSON"
              + " array");
    }
    String chain = line.substring(steps + STEPS_MARK.length(), answer);
    return ReasoningProblem.builder()
        .question(line.substring(0, steps))
        .steps(Arrays.stream(chain.split(" ", -1)).filter(step -> !step.isBlank()).toList())
        .answer(line.substring(answer + ANSWER_MARK.length()).strip())
        .build();
  }
}
