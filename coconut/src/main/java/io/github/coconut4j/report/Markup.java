package io.github.coconut4j.report;

import org.apache.commons.text.StringEscapeUtils;

/**
 * Text of any origin as HTML and SVG hold it. Both at once: an SVG file is XML, which knows none of
 * HTML's named entities, and pages have SVG inside.
 */
public final class Markup {

  /** Stands for what no file may hold, as where text is decoded. */
  private static final int REPLACEMENT = 0xFFFD;

  /** Characters of a label of a plot at most: its room is the plot's. */
  private static final int LONGEST_LABEL = 48;

  private Markup() {}

  /** Text with the characters escaped that would end it, as content or in quotes. */
  public static String escaped(String text) {
    return StringEscapeUtils.escapeXml10(printable(text));
  }

  /** A name as a plot shows it: a line that SVG can hold, the middle of a long one left out. */
  public static String label(String name) {
    return shortened(name.replaceAll("\\s", " "), LONGEST_LABEL);
  }

  /** Text of so many characters at most, the middle left out where it is longer. */
  static String shortened(String text, int most) {
    String printable = printable(text);
    int characters = printable.codePointCount(0, printable.length());
    if (characters <= most) {
      return printable;
    }
    int head = most / 2;
    int tail = most - head - 1;
    return printable.substring(0, printable.offsetByCodePoints(0, head))
        + "…"
        + printable.substring(printable.offsetByCodePoints(printable.length(), -tail));
  }

  /** Text whose characters are all allowed in XML 1.0 and in HTML, lines ended by line feeds. */
  private static String printable(String text) {
    return text.replaceAll("\r\n?", "\n")
        .codePoints()
        .map(character -> isAllowed(character) ? character : REPLACEMENT)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isAllowed(int character) {
    boolean control = Character.isISOControl(character) && character != '\n' && character != '\t';
    boolean surrogate = Character.getType(character) == Character.SURROGATE;
    boolean none = (character & 0xFFFE) == 0xFFFE || (character >= 0xFDD0 && character <= 0xFDEF);
    return !control && !surrogate && !none;
  }
}
