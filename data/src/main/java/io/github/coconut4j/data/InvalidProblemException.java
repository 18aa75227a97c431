package io.github.coconut4j.data;

/**
 * A data set cannot be used as it is: the message names the file and the problem (counted from 0),
 * says what was needed and what was found, and what to do about it.
 */
public class InvalidProblemException extends IllegalArgumentException {

  /** Creates the exception with its complete message. */
  public InvalidProblemException(String message) {
    super(message);
  }

  /** Creates the exception with its complete message and what led to it. */
  public InvalidProblemException(String message, Throwable cause) {
    super(message, cause);
  }
}
