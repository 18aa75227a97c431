package io.github.coconut4j.tuning.candidate;

import org.apache.commons.lang3.StringUtils;

/** Formats the cause of a candidate's failure as one line. */
public final class FailureCause {

  /** Largest number of characters of a cause, which is shown in a table's cell and a log's line. */
  private static final int LONGEST = 2000;

  private FailureCause() {}

  static String of(Throwable error) {
    if (error instanceof OutOfMemoryError) {
      return line("out of memory: " + error.getMessage());
    }
    String message = error.getMessage();
    boolean written = message != null && message.endsWith(".");
    return line(written ? message : error.toString());
  }

  /** A text as one line without control characters, the middle of a very long text is left out. */
  public static String line(String text) {
    String line = text.replaceAll("[\\s\\p{Cc}\\u2028\\u2029]+", " ").strip();
    return StringUtils.abbreviateMiddle(line, " … ", LONGEST);
  }
}
