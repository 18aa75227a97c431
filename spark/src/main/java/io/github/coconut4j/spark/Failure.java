package io.github.coconut4j.spark;

import io.github.coconut4j.tuning.candidate.FailureCause;
import io.github.coconut4j.tuning.candidate.TrainerLostException;
import org.apache.spark.api.java.JavaSparkContext;

/** One-line messages about a failed job or application. */
final class Failure {

  private Failure() {}

  /**
   * Checks that Spark has not ended the application.
   *
   * @throws TrainerLostException if it has, for example because the master cannot be reached
   */
  static void requireRunning(JavaSparkContext spark) throws TrainerLostException {
    if (spark.sc().isStopped()) {
      throw new TrainerLostException(
          "Spark needs a master that it can reach and that accepts it, but Spark has ended the"
              + " application on "
              + spark.master()
              + "; its log gives the reason. Correct --spark or spark.authenticate.secret, or start"
              + " the master, and continue with --resume.");
    }
  }

  /** The message of an error, without the executor's stack trace that Spark appends. */
  static String of(Throwable error) {
    String message = String.valueOf(error.getMessage()).strip();
    String first =
        message
            .lines()
            .takeWhile(line -> !line.startsWith("\tat ") && !line.startsWith("Driver stacktrace"))
            .reduce((one, next) -> one + " " + next)
            .orElse(error.toString());
    return FailureCause.line(first);
  }
}
