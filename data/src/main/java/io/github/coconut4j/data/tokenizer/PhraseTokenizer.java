package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes the tokenizer of models that are trained from scratch on ProsQA: its tokens are phrases, so
 * that a fact is two tokens ({@code Every gorpus}, <code> is a zumpus.</code>) and subject and
 * object have separate ids. A small model learns fastest with it.
 *
 * <p>The tokens are
 *
 * <pre>
 *   Every X     P     | is a X.|     a fact or a step, of a concept X or a person P
 *   Is P     | a|  | X|  | or|  ?    a question, whose options have one id at any position
 *   ###␠     line feed               around an answer and between steps
 * </pre>
 *
 * <p>The space between two sentences belongs to neither: it is dropped, and restored by decoding,
 * so that a sentence has the same tokens at any position. Every text is either rejected or decoded
 * to exactly the original.
 */
public final class PhraseTokenizer {

  private static final String UNKNOWN = "<unk>";

  private static final Pattern PERSON = Pattern.compile("[A-Z][a-z]+");
  private static final Pattern CONCEPT = Pattern.compile("[a-z]+");
  private static final Set<String> SENTENCE_STARTS = Set.of("Is", "Every");

  /** The space between two sentences of a line. */
  private static final String SENTENCE_SPACE = "(?<=\\.) (?=[A-Z])";

  /** The end of a sentence without the following space. */
  private static final String SENTENCE_JOINT = "\\.(?=[A-Z])";

  /**
   * One token. A sentence includes any text directly after its full stop, so that {@code
   * zumpus.Every}, which decoding would separate by a space, is not in the vocabulary.
   */
  private static final String PIECE =
      "Every [a-z]+|Is [A-Z][a-z]+|[A-Z][a-z]+"
          + "| is a [a-z]+\\.[^\\n]?| a(?= )| or(?= )| [a-z]+|\\?|### |\\n";

  private PhraseTokenizer() {}

  /**
   * Makes the tokenizer for problems with the given names. Ids depend only on the names and their
   * order: first the special tokens ({@link SpecialTokens#END_OF_TEXT} is 0), then the phrases.
   *
   * @param people names like {@code Sally}: a capital letter followed by lower-case letters from a
   *     to z
   * @param concepts names like {@code gorpus}: lower-case letters from a to z
   * @throws IllegalArgumentException if a name has another format
   */
  public static HuggingFaceTextTokenizer forProsQa(
      Collection<String> people, Collection<String> concepts) {
    people.forEach(name -> require(PERSON, "A person's name", name));
    concepts.forEach(name -> require(CONCEPT, "A concept's name", name));
    Set<String> vocabulary = new LinkedHashSet<>();
    vocabulary.add(SpecialTokens.END_OF_TEXT);
    vocabulary.addAll(SpecialTokens.COCONUT);
    vocabulary.add(SpecialTokens.PAUSE);
    vocabulary.add(UNKNOWN);
    final List<String> specialTokens = List.copyOf(vocabulary);
    vocabulary.add("\n");
    vocabulary.addAll(List.of("### ", " a", " or", "?"));
    people.forEach(name -> vocabulary.addAll(List.of(name, "Is " + name)));
    concepts.forEach(
        name -> vocabulary.addAll(List.of("Every " + name, " is a " + name + ".", " " + name)));
    ObjectNode json = new WordLevelJson(vocabulary, specialTokens, UNKNOWN).toJson();
    json.set("pre_tokenizer", preTokenizer());
    json.set("decoder", decoder());
    return HuggingFaceTextTokenizer.of(TokenizerJson.of(json, "The phrase tokenizer"));
  }

  private static ObjectNode preTokenizer() {
    return WordLevelJson.sequence(
        "pretokenizers",
        WordLevelJson.split(SENTENCE_SPACE, "Removed"),
        WordLevelJson.split(PIECE, "Isolated"));
  }

  private static ObjectNode decoder() {
    ObjectNode replace = JsonNodeFactory.instance.objectNode().put("type", "Replace");
    replace.putObject("pattern").put("Regex", SENTENCE_JOINT);
    replace.put("content", ". ");
    return WordLevelJson.sequence(
        "decoders", JsonNodeFactory.instance.objectNode().put("type", "Fuse"), replace);
  }

  private static void require(Pattern form, String subject, String name) {
    if (!form.matcher(name).matches() || SENTENCE_STARTS.contains(name)) {
      throw new IllegalArgumentException(
          subject
              + " must match "
              + form.pattern()
              + " and not be one of "
              + SENTENCE_STARTS
              + ", found '"
              + name
              + "'; rename it");
    }
  }
}
