package io.github.coconut4j.train;

/** Thrown if a loss or a gradient is not a finite number. */
public class NonFiniteException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Makes an exception whose message says where in the run it happened and what to do. */
  public NonFiniteException(String message) {
    super(message);
  }
}
