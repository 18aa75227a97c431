package io.github.coconut4j.method;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.List;
import lombok.Value;

/** A problem as token ids, each piece encoded on its own. */
@Value
public class EncodedProblem {

  /** Tokens of the question and its line feed, with those that begin a text. */
  int[] question;

  /** Tokens of each step and its line feed. */
  List<int[]> steps;

  /** Tokens of the answer with its prefix, {@code ### } say, then the end-of-sequence token. */
  int[] answer;

  /**
   * Index in the answer's tokens of the first in which the problem's two options differ; without
   * options of the first after the prefix. At least 1.
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
   * Encodes a question, with which every sequence begins: as in the published implementation, it
   * alone gets what the tokenizer puts around a text.
   *
   * @throws IllegalArgumentException if it is not in the tokenizer's vocabulary
   */
  public static int[] question(String question, TextTokenizer tokenizer) {
    return tokenizer.encodeWithSpecialTokens(question + "\n");
  }
}
