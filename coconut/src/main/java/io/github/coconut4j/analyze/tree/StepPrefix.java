package io.github.coconut4j.analyze.tree;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The word that a step about a concept begins with, in a tokenizer's tokens.
 *
 * <p>A tokenizer may end a token after {@code Every} (GPT-2's: {@code Every}, {@code gor}, {@code
 * pus}): then these tokens are forced and any token may follow. Or a token may extend into the name
 * (the phrase tokenizer's {@code Every gorpus}): then forcing the word leaves only the tokens whose
 * text begins with it, and probabilities are normalized over these.
 */
final class StepPrefix {

  static final String WORD = "Every";

  private final TextTokenizer tokenizer;
  private final int[] forced;
  private final int[] followers;

  private StepPrefix(TextTokenizer tokenizer, int[] forced, int[] followers) {
    this.tokenizer = tokenizer;
    this.forced = forced;
    this.followers = followers;
  }

  /**
   * The word's tokens.
   *
   * @param concept any concept of the vocabulary
   */
  static StepPrefix of(TextTokenizer tokenizer, String concept) {
    int[] tokens = tokenizer.encode(step(concept));
    int end = 1;
    while (decoded(tokenizer, tokens, end).length() < WORD.length()) {
      end++;
    }
    if (decoded(tokenizer, tokens, end).equals(WORD)) {
      int[] all = IntStream.range(0, tokenizer.vocabularySize()).toArray();
      return new StepPrefix(tokenizer, Arrays.copyOf(tokens, end), all);
    }
    String rest = WORD.substring(decoded(tokenizer, tokens, end - 1).length());
    int[] followers =
        IntStream.range(0, tokenizer.vocabularySize())
            .filter(id -> tokenizer.decode(new int[] {id}).startsWith(rest))
            .toArray();
    return new StepPrefix(tokenizer, Arrays.copyOf(tokens, end - 1), followers);
  }

  /** Tokens that are forced before a concept's own; may be empty. */
  int[] forced() {
    return forced.clone();
  }

  /** The tokens that can follow the forced ones, given the word. */
  int[] followers() {
    return followers.clone();
  }

  /**
   * The tokens of a concept after the forced ones, at least one.
   *
   * @throws IllegalArgumentException if the tokenizer splits the word differently before this
   *     concept
   */
  int[] concept(String concept) {
    int[] tokens = tokenizer.encode(step(concept));
    if (tokens.length <= forced.length
        || !Arrays.equals(Arrays.copyOf(tokens, forced.length), forced)) {
      throw new IllegalArgumentException(
          "A search tree needs a tokenizer that begins every '"
              + WORD
              + " …' with the same tokens, but '"
              + step(concept)
              + "' begins otherwise. Use another tokenizer.");
    }
    return Arrays.copyOfRange(tokens, forced.length, tokens.length);
  }

  private static String step(String concept) {
    return WORD + " " + concept;
  }

  private static String decoded(TextTokenizer tokenizer, int[] tokens, int count) {
    return tokenizer.decode(Arrays.copyOf(tokens, count));
  }
}
