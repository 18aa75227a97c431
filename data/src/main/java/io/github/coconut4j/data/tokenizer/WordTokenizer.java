package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Makes the tokenizer of models that are trained from scratch on texts without a special format:
 * its tokens are the words of those texts with the preceding space, single digits, and other single
 * characters. Every text of such tokens is decoded to the original.
 */
public final class WordTokenizer {

  private static final String UNKNOWN = "<unk>";

  /**
   * One token; every character of a text belongs to exactly one. Classes are written out, since the
   * definition of letters differs between the Unicode versions of Java and of the tokenizers
   * library.
   */
  private static final String PIECE = " ?[A-Za-z]+| ?[0-9]| ?[^ \\t\\r\\nA-Za-z0-9]|[ \\t\\r\\n]";

  private WordTokenizer() {}

  /**
   * Makes a tokenizer whose vocabulary is the tokens of the given texts. The tokens of a text
   * depend on what precedes it, so pass texts as they will be encoded. Ids do not depend on the
   * order of the texts, which are read once.
   */
  public static HuggingFaceTextTokenizer of(Iterable<String> texts) {
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
