package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A sentence about membership, which is an edge of the problem's graph: {@code Every gorpus is a
 * zumpus.} of a concept or {@code Sally is a gorpus.} of a person.
 *
 * @param subject name of the node the edge leaves
 * @param person whether the subject is a person
 * @param object name of the node the edge enters
 */
public record ProsQaFact(String subject, boolean person, String object) {

  static final String NAME = "([^\\s.?]+)";

  private static final Pattern SENTENCE =
      Pattern.compile("(Every )?" + NAME + " is a " + NAME + "\\.");

  /**
   * Reads a sentence.
   *
   * @throws InvalidProblemException if it has another format
   */
  public static ProsQaFact parse(String sentence) {
    Matcher matcher = SENTENCE.matcher(sentence);
    if (!matcher.matches()) {
      throw new InvalidProblemException(
          "a ProsQA sentence must read 'Every X is a Y.' or 'Bob is a X.', found '"
              + abbreviated(sentence)
              + "'; use problems of ProsQA's form");
    }
    return new ProsQaFact(matcher.group(2), matcher.group(1) == null, matcher.group(3));
  }

  /** The beginning of a text, for messages. */
  static String abbreviated(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }

  /** The sentence, from {@code Every} or a person's name to its full stop. */
  public String sentence() {
    return (person ? "" : "Every ") + subject + " is a " + object + ".";
  }
}
