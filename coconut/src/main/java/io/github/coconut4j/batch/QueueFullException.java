package io.github.coconut4j.batch;

/** As many requests wait as may. */
public final class QueueFullException extends RuntimeException {

  /** With a message for the client. */
  public QueueFullException(String message) {
    super(message);
  }
}
