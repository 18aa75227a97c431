package io.github.coconut4j.generate;

/** Told of every token as it is written. */
@FunctionalInterface
public interface TokenListener {

  /** Hears nothing. */
  TokenListener NONE = (row, token) -> {};

  /**
   * A token was written.
   *
   * @param row number of the prompt, from 0
   * @param token its id; the end-of-sequence token is not told
   */
  void written(int row, int token);

  /**
   * A row is complete.
   *
   * @param row number of the prompt, from 0
   */
  default void completed(int row) {}
}
