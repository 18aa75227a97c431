package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Makes the tokenizer of models that are trained from scratch on texts of no special form: its
 * pieces are the words of those texts with the space before them, single digits, and other
 * characters one by one. Every text of such pieces round-trips.
 */
public final class WordTokenizer {

  private static final String UNKNOWN = "<unk>";

  /**
   * One piece; every character of a text belongs to exactly one. Classes are spelt out, since what
   * counts as a letter differs between the Unicode versions of Java and of the tokenizers library.
   */
  private static final String PIECE = " ?[A-Za-z]+| ?[0-9]| ?[^ \\t\\r\\nA-Za-z0-9]|[ \\t\\r\\n]";

  private WordTokenizer() {}

  /**
   * The tokenizer whose vocabulary is the pieces of the given texts. A text's pieces depend on what
   * stands before it, so give them as they will be encoded. Ids do not depend on the order of the
   * texts.
   */
  public static HuggingFaceTextTokenizer of(Collection<String> texts) {
    Set<String> vocabulary = new LinkedHashSet<>();
    vocabulary.add(SpecialTokens.END_OF_TEXT);
    vocabulary.addAll(SpecialTokens.COCONUT);
    vocabulary.add(SpecialTokens.PAUSE);
    vocabulary.add(UNKNOWN);
    final List<String> specialTokens = List.copyOf(vocabulary);
    Pattern pattern = Pattern.compile(PIECE);
    Set<String> pieces = new TreeSet<>();
    for (String text : texts) {
      pattern.matcher(text).results().map(MatchResult::group).forEach(pieces::add);
    }
    vocabulary.addAll(pieces);
    ObjectNode json = new WordLevelJson(vocabulary, specialTokens, UNKNOWN).toJson();
    json.set("pre_tokenizer", WordLevelJson.split(PIECE, "Isolated"));
    json.set("decoder", JsonNodeFactory.instance.objectNode().put("type", "Fuse"));
    return HuggingFaceTextTokenizer.of(TokenizerJson.of(json, "The word tokenizer"));
  }
}
