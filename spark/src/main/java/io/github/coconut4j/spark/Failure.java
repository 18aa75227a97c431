package io.github.coconut4j.spark;

import io.github.coconut4j.tuning.candidate.Causes;
import java.io.IOException;
import org.apache.spark.api.java.JavaSparkContext;

/** Why a job or the whole application ended, in one line. */
final class Failure {

  private Failure() {}

  /**
   * Refuses to go on where Spark has ended the application by itself.
   *
   * @throws IOException if it has
   */
  static void requireRunning(JavaSparkContext spark) throws IOException {
    if (spark.sc().isStopped()) {
      throw new IOException(
          "Spark needs a master that it can reach and that knows it, but has ended the application"
              + " on "
              + spark.master()
              + "; why stands in its log. Correct --spark or spark.authenticate.secret, or start"
              + " the master, and continue with --resume.");
    }
  }

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
