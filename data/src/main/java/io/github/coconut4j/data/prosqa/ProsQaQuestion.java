package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lombok.Value;

/** The content of a ProsQA question's text: facts, and the two options for the root. */
@Value
public class ProsQaQuestion {

  private static final String NAME = ProsQaFact.NAME;
  private static final Pattern FACT = Pattern.compile("[^.?]++\\.");
  private static final Pattern QUERY =
      Pattern.compile("Is " + NAME + " a " + NAME + " or " + NAME + "\\?");

  /** The facts in the order of the text. */
  List<ProsQaFact> facts;

  /** Name of the person asked about. */
  String root;

  /** The option named first. */
  String firstOption;

  /** The option named second. */
  String secondOption;

  /** Creates a question from its parts. */
  public ProsQaQuestion(
      List<ProsQaFact> facts, String root, String firstOption, String secondOption) {
    this.facts = List.copyOf(facts);
    this.root = root;
    this.firstOption = firstOption;
    this.secondOption = secondOption;
  }

  /**
   * Reads a question such as {@code Bob is a gorpus. Every gorpus is a zumpus. Is Bob a zumpus or
   * hilpus?}
   *
   * @throws InvalidProblemException if the text has another format
   */
  public static ProsQaQuestion parse(String text) {
    List<ProsQaFact> facts = new ArrayList<>();
    Matcher matcher = FACT.matcher(text);
    int position = 0;
    // A search would look for every later beginning of a fact in a long text without any.
    while (matcher.region(position, text.length()).lookingAt()) {
      facts.add(ProsQaFact.parse(matcher.group()));
      position = matcher.end() + (text.startsWith(" ", matcher.end()) ? 1 : 0);
    }
    Matcher query = QUERY.matcher(text.substring(position));
    if (!query.matches()) {
      throw new InvalidProblemException(
          "a ProsQA question must end with 'Is X a Y or Z?', found '"
              + ProsQaFact.abbreviated(text.substring(position))
              + "'; use problems of ProsQA's form");
    }
    return new ProsQaQuestion(facts, query.group(1), query.group(2), query.group(3));
  }

  /** The text of the question: every fact's sentence, then the query. */
  public String text() {
    String query = "Is " + root + " a " + firstOption + " or " + secondOption + "?";
    if (facts.isEmpty()) {
      return query;
    }
    return facts.stream().map(ProsQaFact::sentence).collect(Collectors.joining(" ", "", " "))
        + query;
  }
}
