package io.github.coconut4j.generate;

/**
 * Finds answer and chain in what a model wrote: {@code chain ### answer}.
 *
 * <p>Source: the published implementation's scoring; a text without {@code #} has no answer.
 */
public final class Answers {

  private Answers() {}

  /** What follows the last {@code #}, normalised, or null where there is none. */
  public static String answer(String output) {
    int mark = output.lastIndexOf('#');
    return mark < 0 ? null : normalised(output.substring(mark + 1));
  }

  /** The trimmed text before the first {@code #}. */
  public static String chain(String output) {
    int mark = output.indexOf('#');
    return (mark < 0 ? output : output.substring(0, mark)).strip();
  }

  /** An answer as it is compared: commas removed, trimmed. */
  public static String normalised(String answer) {
    return answer.replace(",", "").strip();
  }
}
