package io.github.coconut4j.batch;

/** A request was not answered in its time. */
public final class DeadlineException extends RuntimeException {

  /** With a message for the client. */
  public DeadlineException(String message) {
    super(message);
  }
}
