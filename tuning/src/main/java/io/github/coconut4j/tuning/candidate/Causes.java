package io.github.coconut4j.tuning.candidate;

import org.apache.commons.lang3.StringUtils;

/** Why a candidate failed, in one line. */
public final class Causes {

  /** Characters of a cause at most: it is a cell of a table and a line of a log. */
  private static final int LONGEST = 2000;

  private Causes() {}

  static String of(Throwable error) {
    if (error instanceof OutOfMemoryError) {
      return line("out of memory: " + error.getMessage());
    }
    String message = error.getMessage();
    boolean written = message != null && message.endsWith(".");
    return line(written ? message : error.toString());
  }

  /** A text as one line without control characters, its middle left out where it is very long. */
  public static String line(String text) {
    String line = text.replaceAll("[\\s\\p{Cc}\\u2028\\u2029]+", " ").strip();
    return StringUtils.abbreviateMiddle(line, " … ", LONGEST);
  }
}
