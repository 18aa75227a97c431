package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;

/** Ends a computation that some inputs would keep busy for longer than anyone waits. */
final class WorkLimit {

  private final String subject;
  private long left;

  /**
   * A limit.
   *
   * @param subject what takes so long, for the message
   * @param steps elementary steps at most
   */
  WorkLimit(String subject, long steps) {
    this.subject = subject;
    left = steps;
  }

  /**
   * Counts steps.
   *
   * @throws InvalidProblemException if there were too many
   */
  void spend(long steps) {
    left -= steps;
    if (left < 0) {
      throw new InvalidProblemException(
          subject
              + " must differ enough from each other to be compared, found too many that are alike;"
              + " leave the problem out");
    }
  }
}
