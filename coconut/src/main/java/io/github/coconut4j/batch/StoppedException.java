package io.github.coconut4j.batch;

/** Thrown if the server is stopping and accepts no more requests. */
public final class StoppedException extends RuntimeException {

  /** Makes an exception with a message for the client. */
  public StoppedException(String message) {
    super(message);
  }
}
