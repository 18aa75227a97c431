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
    List<int[]> pieces = texts(problem).stream().map(tokenizer::encode).toList();
    int last = pieces.size() - 1;
    return new EncodedProblem(
        pieces.get(0),
        pieces.subList(1, last),
        IntStream.concat(IntStream.of(pieces.get(last)), IntStream.of(eos)).toArray());
  }

  /** The texts that are encoded: the question, each step, the answer. */
  public static List<String> texts(ReasoningProblem problem) {
    Stream<String> lines =
        Stream.concat(Stream.of(problem.getQuestion()), problem.getSteps().stream())
            .map(line -> line + "\n");
    return Stream.concat(lines, Stream.of("### " + problem.getAnswer())).toList();
  }
}
