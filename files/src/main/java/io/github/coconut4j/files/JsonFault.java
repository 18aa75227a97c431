package io.github.coconut4j.files;

import java.util.regex.Pattern;

/**
 * Describes what is wrong with a JSON file to people who have the file and not the program that
 * reads it: Jackson's messages also name its own settings and the Java object it reads from.
 */
public final class JsonFault {

  /** Where an object or array without its end begins; only the place is of use. */
  private static final Pattern START =
      Pattern.compile("start marker at \\[Source: .*?; (line: \\d+, column: \\d+)]");

  private static final Pattern LIMIT = Pattern.compile(", from `StreamReadConstraints\\.[^`]*`");
  private static final Pattern FEATURE =
      Pattern.compile(": enable `JsonReadFeature\\.\\w+` to allow");

  private JsonFault() {}

  /**
   * A fault in words that hold for the file.
   *
   * @param message Jackson's, without the place of the fault
   */
  public static String described(String message) {
    String placed = START.matcher(message).replaceAll("begun at $1");
    return FEATURE.matcher(LIMIT.matcher(placed).replaceAll("")).replaceAll("");
  }
}
