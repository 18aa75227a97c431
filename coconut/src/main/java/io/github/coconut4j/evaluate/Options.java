package io.github.coconut4j.evaluate;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaFact;
import io.github.coconut4j.data.prosqa.ProsQaQuestion;
import io.github.coconut4j.method.AnswerFormat;
import java.util.List;
import java.util.stream.Stream;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Value;

/** The answers that a problem's question allows, and the correct one. */
@Value
@AllArgsConstructor(access = AccessLevel.PRIVATE)
class Options {

  private static final String NEITHER = "neither";
  private static final List<String> TRUTH = List.of("True", "False");

  /** Names of the options, and last {@code neither}. */
  List<String> labels;

  /** The text of each option, normalised. */
  List<String> answers;

  /** Index of the correct option. */
  int right;

  /** The options of a problem, or null if it has none or its answer is none of them. */
  static Options of(ReasoningProblem problem) {
    return TRUTH.contains(problem.getAnswer())
        ? of(problem, TRUTH, TRUTH)
        : of(problem, List.of("first", "second"), answers(problem.getQuestion()));
  }

  private static Options of(ReasoningProblem problem, List<String> names, List<String> answers) {
    List<String> compared = answers.stream().map(AnswerFormat::normalised).distinct().toList();
    int right = compared.indexOf(AnswerFormat.normalised(problem.getAnswer()));
    boolean isDecidable = compared.size() == names.size() && right >= 0;
    return isDecidable ? new Options(with(names, NEITHER), compared, right) : null;
  }

  /** The two sentences that a ProsQA question allows; empty for another question. */
  private static List<String> answers(String question) {
    try {
      ProsQaQuestion parsed = ProsQaQuestion.parse(question);
      return Stream.of(parsed.getFirstOption(), parsed.getSecondOption())
          .map(option -> new ProsQaFact(parsed.getRoot(), true, option).sentence())
          .toList();
    } catch (InvalidProblemException e) {
      return List.of(); // not an error: there are problems other than ProsQA's
    }
  }

  /** Index of the option that an answer names, or of {@code neither}. */
  int named(String answer) {
    int option = answers.indexOf(answer);
    return option < 0 ? answers.size() : option;
  }

  boolean hasLabelsOf(Options other) {
    return other != null && labels.equals(other.labels);
  }

  private static List<String> with(List<String> names, String last) {
    return Stream.concat(names.stream(), Stream.of(last)).toList();
  }
}
