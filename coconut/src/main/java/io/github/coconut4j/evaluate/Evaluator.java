package io.github.coconut4j.evaluate;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.internal.Arguments;
import java.util.List;
import java.util.stream.IntStream;

/** Runs a model on problems and scores its answers. */
public final class Evaluator {

  private final CoconutModel model;
  private final GenerationOptions options;

  /** Makes an evaluator; the model stays its caller's. */
  public Evaluator(CoconutModel model, GenerationOptions options) {
    this.model = Arguments.requireNonNull(model, "model", "Open one.");
    this.options = Arguments.requireNonNull(options, "options", "Take GenerationOptions.DEFAULT.");
  }

  /**
   * Scores a model on problems.
   *
   * <p>Without {@link GenerationOptions#getLatents()} each problem gets as many thoughts as the
   * model's last stage of training gave it.
   *
   * @throws IllegalArgumentException if there are no problems, or one is too long
   */
  public Evaluation evaluate(List<ReasoningProblem> problems) {
    return evaluate(problems, TokenListener.NONE);
  }

  /**
   * Scores a model on problems, with a callback for each token as it is generated.
   *
   * @param listener receives the index of the problem, from 0
   * @throws IllegalArgumentException if there are no problems, or one is too long
   */
  public Evaluation evaluate(List<ReasoningProblem> problems, TokenListener listener) {
    Arguments.requireElements(problems, "problems");
    if (problems.isEmpty()) {
      throw new IllegalArgumentException(
          "An evaluation needs at least 1 problem but got none. Check the data file.");
    }
    final long start = System.nanoTime();
    List<String> questions = problems.stream().map(ReasoningProblem::getQuestion).toList();
    int[] thoughts = problems.stream().mapToInt(this::thoughts).toArray();
    List<Generation> generations = model.generate(questions, thoughts, options, listener);
    List<ScoredGeneration> scored =
        IntStream.range(0, problems.size())
            .mapToObj(i -> new ScoredGeneration(problems.get(i), generations.get(i)))
            .toList();
    return new Evaluation(scored, (System.nanoTime() - start) / 1e9);
  }

  /** Number of thoughts for a problem, or the largest number if they may end early. */
  public int thoughts(ReasoningProblem problem) {
    Arguments.requireNonNull(problem, "problem", "Build a ReasoningProblem.");
    if (options.getLatents() != null) {
      return options.getLatents();
    }
    ThoughtSettings settings = model.getConfig().thoughtSettings();
    return settings.promptThoughts(model.getConfig().getStage(), problem.getSteps().size());
  }
}
