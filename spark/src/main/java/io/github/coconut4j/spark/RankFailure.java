package io.github.coconut4j.spark;

/** Thrown if training itself fails, so that a retry would fail too. Its message is the cause. */
final class RankFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RankFailure(String cause, Throwable reason) {
    super(cause, reason);
  }
}
