package io.github.coconut4j.method;

import java.util.Optional;
import lombok.Value;

/**
 * How an answer is marked in a text: {@code chain ### answer} with the published prefix. Answer and
 * chain are found as in the published implementation's scoring, which only looks for {@code #}.
 */
@Value
public class AnswerFormat {

  /** The prefix of Coconut's published implementation. */
  public static final AnswerFormat PUBLISHED = new AnswerFormat("### ");

  /** The requirement for a prefix, as the rest of "needs …". */
  public static final String REQUIREMENT = "a text of 1 to 100 characters that is not blank";

  private static final int LONGEST = 100;

  private static final String PUBLISHED_MARK = "#";

  /** Text before an answer, such as {@code "The answer is: "}; not blank. */
  String prefix;

  /** An invalid prefix as messages show it; empty if the prefix is valid. */
  public static Optional<String> fault(String prefix) {
    boolean usable = prefix != null && !prefix.isBlank() && prefix.length() <= LONGEST;
    return usable ? Optional.empty() : Optional.of("'" + prefix + "'");
  }

  /** An answer with its prefix. */
  public String written(String answer) {
    return prefix + answer;
  }

  /** The normalised text after the last mark, or null if there is no mark. */
  public String answer(String output) {
    int at = output.lastIndexOf(mark());
    return at < 0 ? null : normalised(output.substring(at + mark().length()));
  }

  /** Where the first mark of a text begins, or -1 if there is none. */
  public int start(String output) {
    return output.indexOf(mark());
  }

  /** The trimmed text before the first mark. */
  public String chain(String output) {
    int at = start(output);
    return (at < 0 ? output : output.substring(0, at)).strip();
  }

  /** An answer in the form used for comparison: commas removed, trimmed. */
  public static String normalised(String answer) {
    return answer.replace(",", "").strip();
  }

  private String mark() {
    return equals(PUBLISHED) ? PUBLISHED_MARK : prefix.strip();
  }
}
