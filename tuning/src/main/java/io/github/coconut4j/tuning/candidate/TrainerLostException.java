package io.github.coconut4j.tuning.candidate;

import java.io.IOException;

/**
 * Thrown if a trainer can train no candidate any more, for example because its cluster is lost. It
 * ends the search, which can be resumed; no candidate fails because of it.
 */
public class TrainerLostException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param message requirement, value found and remedy, as sentences
   */
  public TrainerLostException(String message) {
    super(message);
  }
}
