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

  /** What names a setting of Jackson, as it stands in its messages. */
  private static final Pattern SETTING =
      Pattern.compile(
          ", from `StreamReadConstraints\\.[^`]*`"
              + "|: enable `JsonReadFeature\\.\\w+` to allow"
              + "| \\([^()]*(?:Feature|CoercionConfig|DeserializationConfig)[^()]*(?:\\([^()]*\\)[^()]*)*\\)"
              + "| \\(bound as [^()]*\\)|: not allowed as per `\\w*Feature\\.\\w+`");

  private JsonFault() {}

  /**
   * A fault in words that hold for the file.
   *
   * @param message Jackson's, without the place of the fault
   */
  public static String described(String message) {
    String placed = START.matcher(message).replaceAll("begun at $1");
    return SETTING.matcher(placed).replaceAll("");
  }
}
