package io.github.coconut4j.batch;

/** Thrown if a request was not answered before its deadline. */
public final class DeadlineException extends RuntimeException {

  /** Makes an exception with a message for the client. */
  public DeadlineException(String message) {
    super(message);
  }
}
