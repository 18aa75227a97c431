package io.github.coconut4j.generate;

import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import lombok.Builder;
import lombok.Value;

/** What a model wrote after one question. */
@Value
@Builder
public class Generation {

  /** The question. */
  String question;

  /** Number of latents or pauses before the text. */
  int latents;

  /** The text written, special tokens left out. */
  String output;

  /** Ids of the tokens written, the end-of-sequence token left out. */
  int[] tokenIds;

  /** What follows the last {@code #} of the text, commas removed and trimmed; null without one. */
  String answer;

  /** Thoughts and tokens after the question, markers and the end of sequence left out. */
  int tokens;

  /** Words of the text, as blanks divide it. */
  public int words() {
    return output.isBlank() ? 0 : output.strip().split("\\s+").length;
  }

  /** Thoughts and the tokens that GPT-2 reads the text as. */
  public int gpt2Tokens() {
    return latents + Gpt2Tokenizer.count(output);
  }
}
