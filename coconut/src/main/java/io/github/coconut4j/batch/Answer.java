package io.github.coconut4j.batch;

import lombok.Builder;
import lombok.Value;

/** A complete answer. */
@Value
@Builder
public class Answer {

  /** Why an answer ended. */
  public enum End {
    /** The model ended it, or a text that was to stop it came. */
    STOP,
    /** As many tokens as were asked for, or as the model has positions for. */
    LENGTH
  }

  /** The text. */
  String text;

  /** Why it ended. */
  End end;

  /** Tokens of the question. */
  int promptTokens;

  /** Latents or pauses before the text. */
  int thoughts;

  /** Tokens written, markers and the end of sequence left out. */
  int words;

  /** Most requests that were in the batch together with this one, itself included. */
  int batchSize;
}
