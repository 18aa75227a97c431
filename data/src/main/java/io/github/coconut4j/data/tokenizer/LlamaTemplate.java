package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The tokens that Hugging Face's {@code LlamaTokenizer} adds around a text. They follow {@code
 * add_bos_token} and {@code add_eos_token}, instead of the {@code post_processor} of {@code
 * tokenizer.json}: DeepSeek's models, for example, define a beginning of text only in the former.
 *
 * @param begin the token before a text, or empty
 * @param end the token after it, or empty
 */
record LlamaTemplate(Optional<String> begin, Optional<String> end) {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String TYPE = "TemplateProcessing";

  /** Whether a post-processor adds exactly these tokens around a text. */
  boolean isIn(JsonNode postProcessor) {
    return sides(postProcessor).equals(single());
  }

  /** The template of a post-processor, or of one in a sequence. */
  private static JsonNode sides(JsonNode postProcessor) {
    if (postProcessor.path("type").asText().equals(TYPE)) {
      return postProcessor.path("single");
    }
    for (JsonNode part : postProcessor.path("processors")) {
      if (part.path("type").asText().equals(TYPE)) {
        return part.path("single");
      }
    }
    return JSON.arrayNode().add(sequence("A", 0));
  }

  /**
   * Makes the post-processor.
   *
   * @param ids the tokens' ids
   */
  ObjectNode postProcessor(Map<String, Integer> ids) {
    ObjectNode json = JSON.objectNode().put("type", TYPE);
    json.set("single", single());
    json.set("pair", single().addAll(around("B", 1)));
    ObjectNode special = json.putObject("special_tokens");
    Map<String, Integer> used = new TreeMap<>();
    begin.ifPresent(token -> used.put(token, ids.get(token)));
    end.ifPresent(token -> used.put(token, ids.get(token)));
    used.forEach(
        (token, id) -> {
          ObjectNode entry = special.putObject(token).put("id", token);
          entry.putArray("ids").add(id);
          entry.putArray("tokens").add(token);
        });
    return json;
  }

  private ArrayNode single() {
    return around("A", 0);
  }

  private ArrayNode around(String text, int type) {
    ArrayNode parts = JSON.arrayNode();
    begin.ifPresent(token -> parts.add(part("SpecialToken", token, type)));
    parts.add(sequence(text, type));
    end.ifPresent(token -> parts.add(part("SpecialToken", token, type)));
    return parts;
  }

  private static ObjectNode sequence(String text, int type) {
    return part("Sequence", text, type);
  }

  private static ObjectNode part(String kind, String id, int type) {
    ObjectNode part = JSON.objectNode();
    part.putObject(kind).put("id", id).put("type_id", type);
    return part;
  }
}
