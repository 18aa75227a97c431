package io.github.coconut4j.evaluate;

import java.util.Locale;

/** Formats shares for tables and pages. */
public final class Percent {

  private Percent() {}

  /** A share in [0, 1] as text, such as {@code 97.7 %}. */
  public static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
