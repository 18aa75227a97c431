package io.github.coconut4j.generate;

import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import io.github.coconut4j.method.AnswerFormat;
import lombok.Value;

/** What a model wrote after one question: {@code chain ### answer} with the published prefix. */
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

  /** How the answer is marked in the text. */
  AnswerFormat answers;

  /** What follows the last mark of an answer, normalised; null without one. */
  public String getAnswer() {
    return answers.answer(output);
  }

  /** The trimmed text before the first mark of an answer. */
  public String getChain() {
    return answers.chain(output);
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
