package io.github.coconut4j.train;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.data.tokenizer.WordTokenizer;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.problems.ProblemSplits;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tokenizer of a model from scratch: phrases for ProsQA problems that carry their graph, with
 * which a small model learns fastest; the words of the run's own problems for all others.
 */
final class ScratchTokenizer {

  private ScratchTokenizer() {}

  static TextTokenizer of(ProblemSplits problems) {
    List<ReasoningProblem> learned =
        problems.getTraining().isEmpty() ? problems.getEvaluation() : problems.getTraining();
    if (learned.stream().allMatch(problem -> problem.getGraph().isPresent())) {
      ProsQaNames names = problems.getNames();
      return PhraseTokenizer.forProsQa(names.getPeople(), names.getConcepts());
    }
    return WordTokenizer.of(
        Stream.concat(problems.getTraining().stream(), problems.getEvaluation().stream())
            .flatMap(problem -> EncodedProblem.texts(problem).stream())
            .toList());
  }
}
