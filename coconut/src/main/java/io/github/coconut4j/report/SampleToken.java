package io.github.coconut4j.report;

/**
 * A token for display.
 *
 * @param text its text, or a symbol if it has none
 * @param kind its part of the sequence
 */
public record SampleToken(String text, Kind kind) {

  /** The part of the sequence that a token belongs to. */
  public enum Kind {
    /** The question. */
    QUESTION,
    /** A marker around the thoughts. */
    MARKER,
    /** A hidden state fed back. */
    LATENT,
    /** A pause token. */
    PAUSE,
    /** Generated, before the answer. */
    CHAIN,
    /** Generated, from the first mark of an answer on. */
    ANSWER
  }
}
