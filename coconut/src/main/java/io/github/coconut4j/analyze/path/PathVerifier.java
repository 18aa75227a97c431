package io.github.coconut4j.analyze.path;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaFact;
import io.github.coconut4j.method.AnswerFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import lombok.Getter;

/**
 * Classifies a model's outputs for a ProsQA problem. It uses the facts of the question and the
 * answer, not the problem's chain: any shortest path is correct.
 */
public final class PathVerifier {

  /** The problem's graph, as its text describes it. */
  @Getter private final FactGraph graph;

  private final String answer;
  private final AnswerFormat answers;

  /**
   * Makes a verifier of one problem's outputs.
   *
   * @param answers how the model marks its answers
   * @throws InvalidProblemException if the problem's texts do not have ProsQA's form
   */
  public PathVerifier(ReasoningProblem problem, AnswerFormat answers) {
    graph = FactGraph.of(problem);
    this.answers = answers;
    answer = AnswerFormat.normalised(problem.getAnswer());
  }

  /**
   * Makes verifiers of problems that can be searched: each has facts, and none has a cycle without
   * an exit.
   *
   * @param data name of the problems in errors
   * @param answers how the model marks its answers
   * @throws InvalidProblemException naming the first problem without this form
   */
  public static List<PathVerifier> all(
      String data, List<ReasoningProblem> problems, AnswerFormat answers) {
    return IntStream.range(0, problems.size())
        .mapToObj(i -> searchable(data, i, problems.get(i), answers))
        .toList();
  }

  private static PathVerifier searchable(
      String data, int number, ReasoningProblem problem, AnswerFormat answers) {
    try {
      PathVerifier verifier = new PathVerifier(problem, answers);
      FactGraph graph = verifier.getGraph();
      if (graph.concepts().isEmpty()) {
        throw new InvalidProblemException(
            "an analysis needs a question with facts, found '"
                + problem.getQuestion()
                + "'; leave the problem out");
      }
      graph.concepts().forEach(graph::height);
      return verifier;
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(
          data + ", problem " + number + " (counted from 0): " + e.getMessage(), e);
    }
  }

  /** Whether the written answer is correct, whatever precedes it. */
  public boolean isLabelCorrect(String output) {
    return answer.equals(answers.answer(output));
  }

  /** The class of an output whose path must start at the root. */
  public PathClass classify(String output) {
    return classify(output, 0);
  }

  /**
   * The class of an output whose first steps may be latent: a path that starts elsewhere is
   * completed by a shortest path from the root, "if a valid explanation can complete it" (arXiv
   * 2412.06769, section 5.1).
   *
   * @param thoughtSteps number of first steps that may be missing, at least 0
   */
  public PathClass classify(String output, int thoughtSteps) {
    String chain = answers.chain(output);
    if (chain.isEmpty()) {
      return isLabelCorrect(output) ? PathClass.CORRECT_LABEL : PathClass.INCORRECT_LABEL;
    }
    return path(chain)
        .flatMap(path -> classify(path, thoughtSteps))
        .orElse(PathClass.HALLUCINATION);
  }

  private Optional<PathClass> classify(List<ProsQaFact> path, int thoughtSteps) {
    OptionalInt before = graph.distance(graph.getRoot(), path.get(0).subject());
    if (before.isEmpty() || before.getAsInt() > thoughtSteps) {
      return Optional.empty();
    }
    if (!path.get(path.size() - 1).object().equals(graph.getTarget())) {
      return Optional.of(PathClass.WRONG_TARGET);
    }
    int shortest = graph.distance(graph.getRoot(), graph.getTarget()).orElseThrow();
    return Optional.of(
        before.getAsInt() + path.size() == shortest
            ? PathClass.CORRECT_PATH
            : PathClass.LONGER_PATH);
  }

  /**
   * The edges of a chain, one per line; empty if a line is not an edge or does not follow the
   * previous one.
   */
  private Optional<List<ProsQaFact>> path(String chain) {
    List<ProsQaFact> path = new ArrayList<>();
    for (String line : chain.split("\n", -1)) {
      ProsQaFact edge = graph.edge(line.strip());
      boolean connected =
          path.isEmpty()
              || (edge != null && path.get(path.size() - 1).object().equals(edge.subject()));
      if (edge == null || !connected) {
        return Optional.empty();
      }
      path.add(edge);
    }
    return Optional.of(path);
  }
}
