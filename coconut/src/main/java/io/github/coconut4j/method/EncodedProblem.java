package io.github.coconut4j.method;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.Value;

/** A problem as token ids, each piece encoded on its own. */
@Value
public class EncodedProblem {

  /** Tokens of the question and its line feed, with those that begin a text. */
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
    List<String> texts = texts(problem);
    int last = texts.size() - 1;
    int[] question = question(problem.getQuestion(), tokenizer);
    List<int[]> steps = texts.subList(1, last).stream().map(tokenizer::encode).toList();
    int[] answer = tokenizer.encode(texts.get(last));
    return new EncodedProblem(
        question, steps, IntStream.concat(IntStream.of(answer), IntStream.of(eos)).toArray());
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
    return Stream.concat(lines, Stream.of("### " + problem.getAnswer())).toList();
  }
}
