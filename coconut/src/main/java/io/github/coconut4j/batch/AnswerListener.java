package io.github.coconut4j.batch;

/**
 * Callbacks of one request, in order, on the decoding thread. They must return quickly; an
 * exception or error ends only this request.
 */
public interface AnswerListener {

  /**
   * Whether {@link #written} is called. If not, the text is decoded only once and not after every
   * token.
   */
  default boolean followsText() {
    return true;
  }

  /** The next part of the answer's text; all parts together are the answer. */
  void written(String text);

  /** The answer is complete; the last call. */
  void completed(Answer answer);

  /** The request failed; the last call. */
  void failed(Exception reason);
}
