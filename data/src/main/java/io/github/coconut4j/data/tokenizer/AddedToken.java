package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * A token that a file adds to a vocabulary, like Hugging Face's {@code AddedToken}: it is matched
 * in the text before all other tokens.
 *
 * @param content its text
 * @param id its id, or null for the next free one
 * @param special whether decoding leaves it out
 * @param flags how the text around it is matched, for example {@code lstrip}
 * @param place its file and key, for errors
 */
record AddedToken(String content, Integer id, boolean special, ObjectNode flags, String place) {

  private static final List<String> FLAGS =
      List.of("single_word", "lstrip", "rstrip", "normalized");

  /** A special token with the next id. */
  static AddedToken special(String content) {
    return new AddedToken(content, null, true, JsonNodeFactory.instance.objectNode(), content);
  }

  /**
   * Reads a token, given as its text or as an object with {@code content}.
   *
   * @param place file and key, for errors
   */
  static AddedToken read(JsonNode json, Integer id, boolean isSpecial, String place) {
    JsonNode content = json.isObject() ? json.path("content") : json;
    if (!content.isTextual() || content.textValue().isEmpty()) {
      throw new TokenizerFormatException(
          place
              + " must be a token's text or an object with its content, found "
              + shown(json)
              + "; correct it");
    }
    boolean special = flag(json, "special", isSpecial, place);
    ObjectNode flags = JsonNodeFactory.instance.objectNode();
    for (String flag : FLAGS) {
      flags.put(flag, flag(json, flag, flag.equals("normalized") && !special, place));
    }
    return new AddedToken(content.textValue(), id, special, flags, place);
  }

  /**
   * Checks the token's id against a vocabulary.
   *
   * @param limit exclusive upper limit of ids in a file
   * @throws TokenizerFormatException if the token has another id already, or its id belongs to
   *     another token
   */
  void check(Map<String, Integer> ids, Map<Integer, String> tokens, int limit) {
    if (id == null) {
      return;
    }
    require(id >= 0 && id < limit, "an id from 0 on and below " + limit, id);
    Integer known = ids.getOrDefault(content, id);
    require(known.equals(id), "the id that it has in the vocabulary, " + known, id);
    String other = tokens.getOrDefault(id, content);
    require(other.equals(content), "an id of its own", id + ", which is '" + other + "'");
  }

  private void require(boolean holds, String requirement, Object found) {
    if (!holds) {
      throw new TokenizerFormatException(
          String.format(
              "%s must give token '%s' %s, found %s; save the tokenizer again with save_pretrained",
              place, content, requirement, found));
    }
  }

  private static boolean flag(JsonNode token, String key, boolean otherwise, String place) {
    JsonNode value = token.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw new TokenizerFormatException(
          place + " must have " + key + " true or false, found " + shown(value) + "; correct it");
    }
    return value.booleanValue();
  }

  /** A value as error messages show it. */
  static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  /** The token's entry in a {@code tokenizer.json}. */
  ObjectNode toJson(int assigned) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", assigned);
    json.put("content", content);
    for (String flag : FLAGS) {
      json.put(flag, flags.path(flag).asBoolean(false));
    }
    return json.put("special", special);
  }
}
