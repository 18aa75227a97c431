package io.github.coconut4j.spark;

import io.github.coconut4j.tuning.candidate.Causes;

/** Why a job failed, in one line. */
final class Failure {

  private Failure() {}

  /** The message without the executor's stack trace, which Spark appends. */
  static String of(Throwable error) {
    String message = String.valueOf(error.getMessage()).strip();
    String first =
        message
            .lines()
            .takeWhile(line -> !line.startsWith("\tat ") && !line.startsWith("Driver stacktrace"))
            .reduce((one, next) -> one + " " + next)
            .orElse(error.toString());
    return Causes.line(first);
  }
}
