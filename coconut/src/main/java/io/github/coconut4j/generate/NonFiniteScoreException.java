package io.github.coconut4j.generate;

/**
 * Thrown if a model's scores are NaN or infinite, so that no next token can be chosen. Its weights
 * are damaged or its training diverged.
 */
public class NonFiniteScoreException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Makes an exception whose message names the prompt and the score. */
  public NonFiniteScoreException(String message) {
    super(message);
  }
}
