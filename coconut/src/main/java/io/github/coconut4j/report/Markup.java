package io.github.coconut4j.report;

import org.apache.commons.text.StringEscapeUtils;

/**
 * Escapes text of any origin for both HTML and SVG: an SVG file is XML, which does not have HTML's
 * named entities, and pages contain SVG.
 */
public final class Markup {

  /** Replaces characters that files must not contain, as in decoding. */
  private static final int REPLACEMENT = 0xFFFD;

  /** Largest number of characters of a plot's label, which takes room from the plot. */
  private static final int LONGEST_LABEL = 48;

  private Markup() {}

  /** Text with the characters escaped that would end it, as content or in quotes. */
  public static String escaped(String text) {
    return StringEscapeUtils.escapeXml10(printable(text));
  }

  /**
   * A name as shown in a plot: one line of characters valid in SVG, with the middle of a long name
   * left out.
   */
  public static String label(String name) {
    return shortened(name.replaceAll("\\s", " "), LONGEST_LABEL);
  }

  /** Text of at most this many characters; the middle of a longer one is left out. */
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
