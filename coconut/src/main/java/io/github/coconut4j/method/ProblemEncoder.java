package io.github.coconut4j.method;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.Value;

/** Encodes problems as token ids. */
@Value
@Builder
public class ProblemEncoder {

  /** The model's tokenizer. */
  TextTokenizer tokenizer;

  /** Id of the end-of-sequence token. */
  int eos;

  /** How answers are marked. */
  @Builder.Default AnswerFormat answers = AnswerFormat.PUBLISHED;

  /** Targets of latents, or null for none. */
  FrontierTargets targets;

  /**
   * Encodes a problem.
   *
   * @throws IllegalArgumentException if a part is not in the tokenizer's vocabulary
   */
  public EncodedProblem encode(ReasoningProblem problem) {
    List<String> texts = texts(problem, answers);
    int last = texts.size() - 1;
    int[] question = EncodedProblem.question(problem.getQuestion(), tokenizer);
    List<int[]> steps = texts.subList(1, last).stream().map(tokenizer::encode).toList();
    int[] answer = tokenizer.encode(texts.get(last));
    return new EncodedProblem(
        question,
        steps,
        IntStream.concat(IntStream.of(answer), IntStream.of(eos)).toArray(),
        decisive(problem, answer),
        targets == null ? List.of() : new LatentTargets(problem, tokenizer, targets).tokens());
  }

  private int decisive(ReasoningProblem problem, int[] answer) {
    int decisive =
        problem
            .getGraph()
            .map(graph -> answers.written(otherAnswer(problem.getAnswer(), graph)))
            .map(other -> Arrays.mismatch(answer, tokenizer.encode(other)))
            .filter(different -> different > 0) // else the answer names no option
            .orElseGet(() -> firstAfterPrefix(answer));
    return Math.max(1, Math.min(decisive, answer.length - 1));
  }

  private static String otherAnswer(String answer, ProblemGraph graph) {
    return answer.replace(
        graph.getSymbols().get(graph.getTarget()),
        graph.getSymbols().get(graph.getNegativeTarget()));
  }

  /** Index of the first token after the prefix; a space may be a separate token. */
  private int firstAfterPrefix(int[] answer) {
    int prefix = answers.getPrefix().strip().length();
    return IntStream.range(1, answer.length)
        .filter(i -> tokenizer.decode(Arrays.copyOf(answer, i + 1)).strip().length() > prefix)
        .findFirst()
        .orElse(1);
  }

  /** The texts that are encoded: the question, each step, the answer with its prefix. */
  public static List<String> texts(ReasoningProblem problem, AnswerFormat answers) {
    Stream<String> lines =
        Stream.concat(Stream.of(problem.getQuestion()), problem.getSteps().stream())
            .map(line -> line + "\n");
    return Stream.concat(lines, Stream.of(answers.written(problem.getAnswer()))).toList();
  }
}
