package io.github.coconut4j.batch;

/** The server stops and answers no more. */
public final class StoppedException extends RuntimeException {

  /** With a message for the client. */
  public StoppedException(String message) {
    super(message);
  }
}
