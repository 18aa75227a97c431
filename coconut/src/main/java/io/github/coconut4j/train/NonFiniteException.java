package io.github.coconut4j.train;

/** A loss or a gradient was not a finite number. */
public class NonFiniteException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** An error whose message says where in the run it happened and what to do. */
  public NonFiniteException(String message) {
    super(message);
  }
}
