package io.github.coconut4j.data.tokenizer;

/** A {@code tokenizer.json} is missing or not one that can be used; the message names the file. */
public class TokenizerFormatException extends IllegalArgumentException {

  /** Creates the exception with its complete message. */
  public TokenizerFormatException(String message) {
    super(message);
  }

  /** Creates the exception with its complete message and what led to it. */
  public TokenizerFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
