package io.github.coconut4j.method;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.List;
import java.util.stream.IntStream;
import lombok.Value;

/** A problem as token ids, each piece encoded on its own. */
@Value
public class EncodedProblem {

  /** Tokens of the question and its line feed. */
  int[] question;

  /** Tokens of each step and its line feed. */
  List<int[]> steps;

  /** Tokens of {@code ### } and the answer, then the end-of-sequence token. */
  int[] answer;

  /**
   * Encodes a problem.
   *
   * @param eos id of the end-of-sequence token
   * @throws IllegalArgumentException if a piece is not in the tokenizer's vocabulary
   */
  public static EncodedProblem of(ReasoningProblem problem, TextTokenizer tokenizer, int eos) {
    List<int[]> steps =
        problem.getSteps().stream().map(step -> tokenizer.encode(step + "\n")).toList();
    int[] answer = tokenizer.encode("### " + problem.getAnswer());
    return new EncodedProblem(
        tokenizer.encode(problem.getQuestion() + "\n"),
        steps,
        IntStream.concat(IntStream.of(answer), IntStream.of(eos)).toArray());
  }
}
