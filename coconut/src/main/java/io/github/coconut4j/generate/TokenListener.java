package io.github.coconut4j.generate;

/** Callback for tokens as they are generated. */
@FunctionalInterface
public interface TokenListener {

  /** Does nothing. */
  TokenListener NONE = (prompt, token) -> {};

  /**
   * A token was generated.
   *
   * @param prompt index of the prompt, from 0
   * @param token its id; not called for the end-of-sequence token
   */
  void written(int prompt, int token);

  /**
   * A prompt's continuation is complete.
   *
   * @param prompt index of the prompt, from 0
   */
  default void completed(int prompt) {}
}
