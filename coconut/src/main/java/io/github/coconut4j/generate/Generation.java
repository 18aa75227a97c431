package io.github.coconut4j.generate;

import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import lombok.Value;

/**
 * What a model wrote after one question: {@code chain ### answer}.
 *
 * <p>Answer and chain are found as the published implementation's scoring finds them; a text
 * without {@code #} has no answer.
 */
@Value
public class Generation {

  /** The question. */
  String question;

  /** Number of latents or pauses before the text. */
  int latents;

  /** The text written, special tokens left out. */
  String output;

  /** Ids of the tokens written, the end-of-sequence token left out. */
  int[] tokenIds;

  /** Thoughts and tokens after the question, markers and the end of sequence left out. */
  int tokens;

  /** What follows the last {@code #} of the text, normalised; null without one. */
  public String getAnswer() {
    return answer(output);
  }

  /** What follows the last {@code #} of a text, normalised, or null where there is none. */
  public static String answer(String output) {
    int mark = output.lastIndexOf('#');
    return mark < 0 ? null : normalised(output.substring(mark + 1));
  }

  /** The trimmed text before the first {@code #}. */
  public static String chain(String output) {
    int mark = output.indexOf('#');
    return (mark < 0 ? output : output.substring(0, mark)).strip();
  }

  /** An answer as it is compared: commas removed, trimmed. */
  public static String normalised(String answer) {
    return answer.replace(",", "").strip();
  }

  /** Words of the text, as blanks divide it. */
  public int words() {
    return output.isBlank() ? 0 : output.strip().split("\\s+").length;
  }

  /** Thoughts and the tokens that GPT-2 reads the text as. */
  public int gpt2Tokens() {
    return latents + Gpt2Tokenizer.count(output);
  }
}
