package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;

/** Ends a computation that would take too long for some inputs. */
final class WorkLimit {

  private final String subject;
  private long left;

  /**
   * Makes a limit.
   *
   * @param subject the computation, for the message
   * @param steps largest number of elementary steps
   */
  WorkLimit(String subject, long steps) {
    this.subject = subject;
    left = steps;
  }

  /**
   * Counts steps.
   *
   * @throws InvalidProblemException if the limit is exceeded
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
