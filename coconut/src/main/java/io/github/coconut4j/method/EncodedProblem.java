package io.github.coconut4j.method;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.List;
import lombok.Value;

/** A problem as token ids; each part is encoded separately. */
@Value
public class EncodedProblem {

  /** Tokens of the question and its line feed, with the tokens that begin a text. */
  int[] question;

  /** Tokens of each step and its line feed. */
  List<int[]> steps;

  /**
   * Tokens of the answer with its prefix, for example {@code ### }, then the end-of-sequence token.
   */
  int[] answer;

  /**
   * Index of the first answer token in which the problem's two options differ, or, if the answer
   * names no option, index of the first token after the prefix. At least 1.
   */
  int decisive;

  /** Target tokens for the latents of each step; empty for a step without targets. */
  List<int[]> targets;

  /**
   * Makes a problem whose answer is decided by its second token, and whose latents have no targets.
   */
  public EncodedProblem(int[] question, List<int[]> steps, int[] answer) {
    this(question, steps, answer, 1, List.of());
  }

  /** Makes an encoded problem. */
  public EncodedProblem(
      int[] question, List<int[]> steps, int[] answer, int decisive, List<int[]> targets) {
    this.question = question;
    this.steps = steps;
    this.answer = answer;
    this.decisive = decisive;
    this.targets = targets;
  }

  /**
   * Encodes a question, the beginning of every sequence. As in the published implementation, only
   * the question gets the tokens that the tokenizer adds around a text.
   *
   * @throws IllegalArgumentException if it is null or blank, or not in the tokenizer's vocabulary
   */
  public static int[] question(String question, TextTokenizer tokenizer) {
    if (question == null || question.isBlank()) {
      throw new IllegalArgumentException(
          "A question needs words but "
              + (question == null ? "is null" : "has none")
              + ". Ask one.");
    }
    return tokenizer.encodeWithSpecialTokens(question + "\n");
  }
}
