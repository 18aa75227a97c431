package io.github.coconut4j.method;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.Value;

/** A problem as token ids, each piece encoded on its own. */
@Value
public class EncodedProblem {

  /** What an answer begins with. */
  private static final String ANSWER = "### ";

  /** Tokens of the question and its line feed, with those that begin a text. */
  int[] question;

  /** Tokens of each step and its line feed. */
  List<int[]> steps;

  /** Tokens of {@code ### } and the answer, then the end-of-sequence token. */
  int[] answer;

  /**
   * Index in the answer's tokens of the first in which the problem's two options differ; without
   * options of the first after {@code ### }. At least 1.
   */
  int decisive;

  /** Tokens that the latents of each step are asked for; empty where they are asked for none. */
  List<int[]> targets;

  /** A problem whose answer is decided by its second token, and whose latents are free. */
  public EncodedProblem(int[] question, List<int[]> steps, int[] answer) {
    this(question, steps, answer, 1, List.of());
  }

  /** A problem, encoded. */
  public EncodedProblem(
      int[] question, List<int[]> steps, int[] answer, int decisive, List<int[]> targets) {
    this.question = question;
    this.steps = steps;
    this.answer = answer;
    this.decisive = decisive;
    this.targets = targets;
  }

  /**
   * Encodes a problem whose latents are asked for nothing.
   *
   * @param eos id of the end-of-sequence token
   * @throws IllegalArgumentException if a piece is not in the tokenizer's vocabulary
   */
  public static EncodedProblem of(ReasoningProblem problem, TextTokenizer tokenizer, int eos) {
    return of(problem, tokenizer, eos, null);
  }

  /**
   * Encodes a problem.
   *
   * @param eos id of the end-of-sequence token
   * @param targets what latents are asked for, or null for nothing
   * @throws IllegalArgumentException if a piece is not in the tokenizer's vocabulary
   */
  public static EncodedProblem of(
      ReasoningProblem problem, TextTokenizer tokenizer, int eos, FrontierTargets targets) {
    List<String> texts = texts(problem);
    int last = texts.size() - 1;
    int[] question = question(problem.getQuestion(), tokenizer);
    List<int[]> steps = texts.subList(1, last).stream().map(tokenizer::encode).toList();
    int[] answer = tokenizer.encode(texts.get(last));
    return new EncodedProblem(
        question,
        steps,
        IntStream.concat(IntStream.of(answer), IntStream.of(eos)).toArray(),
        decisive(problem, tokenizer, answer),
        targets == null ? List.of() : new LatentTargets(problem, tokenizer, targets).tokens());
  }

  private static int decisive(ReasoningProblem problem, TextTokenizer tokenizer, int[] answer) {
    int decisive =
        problem
            .getGraph()
            .map(graph -> tokenizer.encode(ANSWER + otherAnswer(problem.getAnswer(), graph)))
            .map(other -> Arrays.mismatch(answer, other))
            .orElseGet(() -> firstAfterMark(tokenizer, answer));
    return decisive < 1 ? 1 : Math.min(decisive, answer.length - 1);
  }

  private static String otherAnswer(String answer, ProblemGraph graph) {
    return answer.replace(
        graph.getSymbols().get(graph.getTarget()),
        graph.getSymbols().get(graph.getNegativeTarget()));
  }

  /** A space may be a token of its own. */
  private static int firstAfterMark(TextTokenizer tokenizer, int[] answer) {
    return IntStream.range(1, answer.length)
        .filter(
            i ->
                tokenizer.decode(Arrays.copyOf(answer, i + 1)).strip().length()
                    > ANSWER.strip().length())
        .findFirst()
        .orElse(1);
  }

  /**
   * Encodes a question, with which every sequence begins: as in the published implementation, it
   * alone gets what the tokenizer puts around a text.
   *
   * @throws IllegalArgumentException if it is not in the tokenizer's vocabulary
   */
  public static int[] question(String question, TextTokenizer tokenizer) {
    return tokenizer.encodeWithSpecialTokens(question + "\n");
  }

  /** The texts that are encoded: the question, each step, the answer. */
  public static List<String> texts(ReasoningProblem problem) {
    Stream<String> lines =
        Stream.concat(Stream.of(problem.getQuestion()), problem.getSteps().stream())
            .map(line -> line + "\n");
    return Stream.concat(lines, Stream.of(ANSWER + problem.getAnswer())).toList();
  }
}
