package io.github.coconut4j.examples;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.nd4j.evaluation.classification.Evaluation;

/** Asks a model problems, and prints ND4J's statistics of the options that it named. */
final class NamedOptions {

  private NamedOptions() {}

  /**
   * @param args a model's directory and a file or generator of problems
   */
  public static void main(String[] args) throws IOException {
    System.out.println(evaluate(Path.of(args[0]), args[1]).stats());
  }

  static Evaluation evaluate(Path directory, String source) throws IOException {
    List<ReasoningProblem> problems = ProblemSource.of(source).problems(Set.of());
    try (CoconutModel model = CoconutModel.open(directory)) {
      return new Evaluator(model, GenerationOptions.DEFAULT)
          .evaluate(problems)
          .confusion()
          .orElseThrow(
              () -> new IllegalArgumentException("Problems need two options, as ProsQA's."))
          .toNd4j();
    }
  }
}
