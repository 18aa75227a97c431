package io.github.coconut4j.tuning.candidate;

import lombok.Getter;

/** Thrown if a candidate ended without a score. */
@Getter
public class CandidateException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Whether it was aborted because of its time limit. */
  private final boolean timedOut;

  private CandidateException(String cause, boolean timedOut, Throwable reason) {
    super(cause, reason);
    this.timedOut = timedOut;
  }

  /** Makes the exception of a failed candidate. */
  public static CandidateException failed(String cause) {
    return new CandidateException(cause, false, null);
  }

  /** Makes the exception of a candidate that failed because of another exception. */
  public static CandidateException failed(String cause, Throwable reason) {
    return new CandidateException(cause, false, reason);
  }

  /** Makes the exception of a candidate that exceeded its time limit. */
  public static CandidateException timedOut(CandidateJob job) {
    double minutes = job.getLimit().toMillis() / 60_000.0;
    return new CandidateException(
        "not done within `candidate_minutes: " + minutes + "`", true, null);
  }
}
