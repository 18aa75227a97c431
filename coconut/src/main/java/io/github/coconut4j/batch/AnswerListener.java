package io.github.coconut4j.batch;

/**
 * Callbacks of one request, in order, on the thread that decodes: they return at once, and what
 * they throw ends the request alone.
 */
public interface AnswerListener {

  /**
   * Whether {@link #written} is listened to. Where it is not, it is not called, and the text is
   * decoded once and not after every token.
   */
  default boolean followsText() {
    return true;
  }

  /** More of the answer's text; all of these together are the text of the answer. */
  void written(String text);

  /** The answer is complete; the last call. */
  void completed(Answer answer);

  /** There is no answer; the last call. */
  void failed(Exception reason);
}
