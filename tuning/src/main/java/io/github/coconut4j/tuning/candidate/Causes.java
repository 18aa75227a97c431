package io.github.coconut4j.tuning.candidate;

/** Why a candidate failed, in one line. */
final class Causes {

  private Causes() {}

  static String of(Throwable error) {
    if (error instanceof OutOfMemoryError) {
      return "out of memory: " + error.getMessage();
    }
    String message = error.getMessage();
    boolean written = message != null && message.endsWith(".");
    return (written ? message : error.toString()).replaceAll("\\s+", " ");
  }
}
