package io.github.coconut4j.vocabulary;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.data.tokenizer.WordTokenizer;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.problems.ProblemSplits;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tokenizer of a model from scratch: phrases for ProsQA problems with a graph, with which a
 * small model learns fastest; the words of the run's own problems for all others, and if the answer
 * prefix is not the published one.
 */
public final class ScratchTokenizer {

  private ScratchTokenizer() {}

  /** A tokenizer for a run's problems; the caller closes it. */
  public static TextTokenizer of(ProblemSplits problems, AnswerFormat answers) {
    List<ReasoningProblem> learned =
        problems.getTraining().isEmpty() ? problems.getEvaluation() : problems.getTraining();
    if (answers.equals(AnswerFormat.PUBLISHED)
        && learned.stream().allMatch(problem -> problem.getGraph().isPresent())) {
      ProsQaNames names = problems.getNames();
      return PhraseTokenizer.forProsQa(names.getPeople(), names.getConcepts());
    }
    return WordTokenizer.of(() -> texts(problems, answers).iterator());
  }

  /** The texts one after the other, since a file may have many. */
  private static Stream<String> texts(ProblemSplits problems, AnswerFormat answers) {
    return Stream.concat(problems.getTraining().stream(), problems.getEvaluation().stream())
        .flatMap(problem -> ProblemEncoder.texts(problem, answers).stream());
  }
}
