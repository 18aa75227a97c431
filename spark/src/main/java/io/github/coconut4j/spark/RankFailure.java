package io.github.coconut4j.spark;

/** A training's own failure, which no other attempt would mend; its message is the cause. */
final class RankFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RankFailure(String cause, Throwable reason) {
    super(cause, reason);
  }
}
