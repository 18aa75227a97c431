package io.github.coconut4j.data;

/**
 * Thrown if a data set is invalid. The message names the file and the problem (counted from 0), the
 * requirement, the value found and the remedy.
 */
public class InvalidProblemException extends IllegalArgumentException {

  /** Creates the exception with its complete message. */
  public InvalidProblemException(String message) {
    super(message);
  }

  /** Creates the exception with its complete message and its cause. */
  public InvalidProblemException(String message, Throwable cause) {
    super(message, cause);
  }
}
