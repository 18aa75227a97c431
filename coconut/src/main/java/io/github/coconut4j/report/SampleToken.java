package io.github.coconut4j.report;

/**
 * A token as a reader sees it.
 *
 * @param text its text, or a sign for what has none
 * @param kind where it stands
 */
public record SampleToken(String text, Kind kind) {

  /** Where a token stands. */
  public enum Kind {
    /** In the question. */
    QUESTION,
    /** Around the thoughts. */
    MARKER,
    /** A hidden state fed back. */
    LATENT,
    /** A pause token. */
    PAUSE,
    /** Written, before the answer. */
    CHAIN,
    /** Written, from the first {@code #} on. */
    ANSWER
  }
}
