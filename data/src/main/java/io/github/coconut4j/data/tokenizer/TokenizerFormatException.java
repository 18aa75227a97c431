package io.github.coconut4j.data.tokenizer;

/** Thrown if a {@code tokenizer.json} is missing or cannot be used; the message names the file. */
public class TokenizerFormatException extends IllegalArgumentException {

  /** Creates the exception with its complete message. */
  public TokenizerFormatException(String message) {
    super(message);
  }

  /** Creates the exception with its complete message and its cause. */
  public TokenizerFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
