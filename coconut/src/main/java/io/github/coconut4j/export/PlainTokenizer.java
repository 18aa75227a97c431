package io.github.coconut4j.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Recognises a {@code tokenizer.json} that the exported program reads without a library: whole
 * words, cut by regular expressions, and joined again.
 */
final class PlainTokenizer {

  /**
   * Expressions that mean the same to Java and to the tokenizers library: letters after a backslash
   * have other classes there, {@code ^} and {@code $} match at lines, and {@code .} other ends of
   * them. Possessive, since Java would recurse for each character of a repeated group.
   */
  private static final Pattern COMMON_REGEX =
      Pattern.compile(
          "(?:\\\\[^A-Za-z0-9]|\\\\[nrt]|\\[\\^?(?:[^\\\\\\[\\]&]|\\\\[^A-Za-z0-9]|\\\\[nrt])++\\]"
              + "|\\(\\?(?:[=!:]|<[=!])|\\((?!\\?)|[^\\\\^$.(\\[])++",
          Pattern.DOTALL);

  private PlainTokenizer() {}

  /** Whether the program reads this file as the tokenizers library does. */
  static boolean is(JsonNode tokenizer) {
    return tokenizer.at("/model/type").asText().equals("WordLevel")
        && tokenizer.path("normalizer").isNull()
        && tokenizer.path("post_processor").isNull()
        && hasOnlySpecialTokens(tokenizer.path("added_tokens"))
        && isOfSplits(tokenizer.path("pre_tokenizer"))
        && isOfReplacements(tokenizer.path("decoder"));
  }

  /** The library cuts texts at added tokens first; those that are not special would be written. */
  private static boolean hasOnlySpecialTokens(JsonNode added) {
    if (!added.isArray()) {
      return false;
    }
    for (JsonNode token : added) {
      if (!token.path("special").asBoolean()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOfSplits(JsonNode preTokenizer) {
    for (JsonNode split : members(preTokenizer, "pretokenizers")) {
      boolean isKnown = List.of("Isolated", "Removed").contains(split.path("behavior").asText());
      if (!isOfType(split, "Split")
          || !isKnown
          || split.path("invert").asBoolean()
          || !hasCommonRegex(split)) {
        return false;
      }
    }
    return true;
  }

  /** Without Fuse the library replaces within each word and puts spaces between words. */
  private static boolean isOfReplacements(JsonNode decoder) {
    boolean isFirst = true;
    for (JsonNode each : members(decoder, "decoders")) {
      if (isFirst ? !isOfType(each, "Fuse") : !isReplacement(each)) {
        return false;
      }
      isFirst = false;
    }
    return !isFirst;
  }

  /** The program's {@code replaceAll} gives a backslash and a dollar sign a meaning. */
  private static boolean isReplacement(JsonNode decoder) {
    return isOfType(decoder, "Replace")
        && hasCommonRegex(decoder)
        && decoder.path("content").isTextual()
        && decoder.path("content").asText().chars().noneMatch(c -> c == '\\' || c == '$');
  }

  private static boolean isOfType(JsonNode node, String type) {
    return node.path("type").asText().equals(type);
  }

  private static boolean hasCommonRegex(JsonNode node) {
    JsonNode regex = node.at("/pattern/Regex");
    return regex.isTextual() && COMMON_REGEX.matcher(regex.asText()).matches();
  }

  /** The members of a sequence, or a single one. */
  private static Iterable<JsonNode> members(JsonNode node, String key) {
    return isOfType(node, "Sequence") && node.path(key) instanceof ArrayNode members
        ? members
        : List.of(node);
  }
}
