package io.github.coconut4j.tuning.candidate;

import lombok.Getter;

/** A candidate ended without a score. */
@Getter
public class CandidateException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Whether it was given up because its time was over. */
  private final boolean timedOut;

  private CandidateException(String cause, boolean timedOut, Throwable reason) {
    super(cause, reason);
    this.timedOut = timedOut;
  }

  /** A candidate that failed. */
  public static CandidateException failed(String cause) {
    return new CandidateException(cause, false, null);
  }

  /** A candidate that failed because of an exception. */
  public static CandidateException failed(String cause, Throwable reason) {
    return new CandidateException(cause, false, reason);
  }

  /** A candidate that took too long. */
  public static CandidateException timedOut(CandidateJob job) {
    double minutes = job.getLimit().toMillis() / 60_000.0;
    return new CandidateException(
        "not done within `candidate_minutes: " + minutes + "`", true, null);
  }
}
