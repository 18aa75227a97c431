package io.github.coconut4j.data;

import java.util.List;
import java.util.Optional;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.ToString;

/**
 * A question, the steps that lead to its answer, and the answer, as in the published data sets:
 * {@code {"question": …, "steps": […], "answer": …}}.
 */
@Getter
@EqualsAndHashCode
@ToString
public final class ReasoningProblem {

  /** The question, without a line feed at its end. */
  private final String question;

  /** The reasoning steps in order, none of them blank, usually one line each; may be empty. */
  private final List<String> steps;

  /** The answer, without the leading {@code ###}. */
  private final String answer;

  @Getter(lombok.AccessLevel.NONE)
  private final ProblemGraph graph;

  /**
   * Creates a problem.
   *
   * @param steps the steps; blank and null ones are left out, since the published scripts write one
   *     empty step for a problem without steps
   * @param graph the graph behind a ProsQA problem, or null
   * @throws InvalidProblemException if a text is missing, blank or cut in the middle of a character
   */
  @Builder(toBuilder = true)
  public ReasoningProblem(String question, List<String> steps, String answer, ProblemGraph graph) {
    this.question = requireText("question", question);
    if (steps == null) {
      throw new InvalidProblemException(
          "steps must be a list of texts, found none; write \"steps\": [] for a problem without");
    }
    for (int i = 0; i < steps.size(); i++) {
      requireWhole("steps[" + i + "]", steps.get(i));
    }
    this.steps = steps.stream().filter(step -> !isBlank(step)).toList();
    this.answer = requireText("answer", answer);
    this.graph = graph;
  }

  /** The graph behind the problem, for ProsQA problems that have it. */
  public Optional<ProblemGraph> getGraph() {
    return Optional.ofNullable(graph);
  }

  private static String requireText(String key, String text) {
    if (isBlank(text)) {
      throw new InvalidProblemException(
          key
              + " must be a text that is not blank, found "
              + (text == null ? "none" : "'" + text + "'")
              + "; fill it in or remove the problem");
    }
    return requireWhole(key, text);
  }

  /** Unlike String.isBlank, this also counts no-break spaces as blank. */
  private static boolean isBlank(String text) {
    return text == null
        || text.codePoints().allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c));
  }

  /** Rejects half characters, which tokenizers and files would silently replace by "?". */
  static String requireWhole(String key, String text) {
    if (text != null && Utf8Text.halfCharacter(text).isPresent()) {
      throw new InvalidProblemException(
          key
              + " must be whole characters, found half of one (a lone surrogate) at place "
              + Utf8Text.halfCharacter(text).get()
              + ", where the text was cut; cut it before or after that character");
    }
    return text;
  }
}
