package io.github.coconut4j.batch;

/** Thrown if the queue of requests is full. */
public final class QueueFullException extends RuntimeException {

  /** Makes an exception with a message for the client. */
  public QueueFullException(String message) {
    super(message);
  }
}
