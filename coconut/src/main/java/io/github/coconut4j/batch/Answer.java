package io.github.coconut4j.batch;

import lombok.Builder;
import lombok.Value;

/** A complete answer. */
@Value
@Builder
public class Answer {

  /** Why an answer ended. */
  public enum End {
    /** The model ended it, or a stop text occurred. */
    STOP,
    /** The limit of tokens or of the model's positions was reached. */
    LENGTH
  }

  /** The text. */
  String text;

  /** Reason of the end. */
  End end;

  /** Number of tokens of the question. */
  int promptTokens;

  /** Number of latents or pauses before the text. */
  int thoughts;

  /** Number of generated tokens, without markers and the end of sequence. */
  int words;

  /** Largest number of requests in the batch at the same time, including this one. */
  int batchSize;
}
