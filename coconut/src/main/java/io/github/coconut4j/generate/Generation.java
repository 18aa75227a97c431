package io.github.coconut4j.generate;

import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import io.github.coconut4j.method.AnswerFormat;
import lombok.Value;

/**
 * The text that a model generated for one question: {@code chain ### answer} with the published
 * prefix.
 */
@Value
public class Generation {

  /** The question. */
  String question;

  /** Number of latents or pauses before the text. */
  int latents;

  /** The generated text, without special tokens. */
  String output;

  /** Ids of the generated tokens, without the end-of-sequence token. */
  int[] tokenIds;

  /** Number of thoughts and tokens after the question, without markers and the end of sequence. */
  int tokens;

  /** How the answer is marked in the text. */
  AnswerFormat answers;

  /** The normalised text after the last answer mark; null if there is none. */
  public String getAnswer() {
    return answers.answer(output);
  }

  /** The trimmed text before the first answer mark. */
  public String getChain() {
    return answers.chain(output);
  }

  /** Number of words of the text, separated by blanks. */
  public int words() {
    return output.isBlank() ? 0 : output.strip().split("\\s+").length;
  }

  /** Number of thoughts and of GPT-2 tokens of the text. */
  public int gpt2Tokens() {
    return latents + Gpt2Tokenizer.count(output);
  }
}
