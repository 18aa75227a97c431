package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.data.NotUtf8Exception;
import io.github.coconut4j.data.Utf8Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a {@code tokenizer.json} says about its vocabulary. Immutable. */
final class TokenizerJson {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int NO_UNKNOWN = -1;

  private final byte[] bytes;
  private final String source;
  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final Map<Integer, String> tokens = new HashMap<>();
  private final int vocabularySize;
  private final int unknownId;

  private TokenizerJson(byte[] bytes, String source, JsonNode root) {
    this.bytes = bytes;
    this.source = source;
    addModelVocabulary(root.path("model").path("vocab"));
    for (JsonNode added : root.path("added_tokens")) {
      add(added.path("content").asText(), added.path("id"));
    }
    if (ids.isEmpty()) {
      throw new TokenizerFormatException(
          source
              + " must have a vocabulary under model.vocab, found none; save the tokenizer again");
    }
    vocabularySize = 1 + ids.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    unknownId = unknownId(root.path("model"));
  }

  /** Unigram models name their unknown token by its id, all others by its text. */
  private int unknownId(JsonNode model) {
    return ids.getOrDefault(
        model.path("unk_token").textValue(), model.path("unk_id").asInt(NO_UNKNOWN));
  }

  static TokenizerJson parse(byte[] bytes, String source) {
    byte[] text = withoutMark(bytes, source);
    return new TokenizerJson(text, source, tree(text, source));
  }

  /** The tokenizers library takes neither a byte-order mark nor another encoding. */
  private static byte[] withoutMark(byte[] bytes, String source) {
    try {
      return Utf8Text.decode(bytes, source).getBytes(StandardCharsets.UTF_8);
    } catch (NotUtf8Exception e) {
      throw new TokenizerFormatException(e.getMessage(), e);
    }
  }

  TokenizerJson withSpecialTokens(List<String> specialTokens) {
    ObjectNode root = (ObjectNode) tree(bytes, source);
    JsonNode known = root.path("added_tokens");
    ArrayNode added =
        known.isArray() ? (ArrayNode) known : root.putArray("added_tokens"); // none, or null
    int next = vocabularySize;
    for (String token : specialTokens) {
      if (!ids.containsKey(token)) {
        added.add(specialToken(next++, token));
      }
    }
    return of(root, source);
  }

  static TokenizerJson of(ObjectNode root, String source) {
    try {
      return new TokenizerJson(MAPPER.writeValueAsBytes(root), source, root);
    } catch (IOException e) {
      throw new IllegalStateException("A JSON tree in memory could not be written", e);
    }
  }

  /** An entry of {@code added_tokens}: matched before any other piece, left out when decoded. */
  static ObjectNode specialToken(int id, String content) {
    return MAPPER
        .createObjectNode()
        .put("id", id)
        .put("content", content)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
  }

  byte[] bytes() {
    return bytes.clone();
  }

  String source() {
    return source;
  }

  Map<String, Integer> ids() {
    return ids;
  }

  Map<Integer, String> tokens() {
    return tokens;
  }

  int vocabularySize() {
    return vocabularySize;
  }

  /** The id that stands for what is outside the vocabulary, or -1 where the model has none. */
  int unknownId() {
    return unknownId;
  }

  private static JsonNode tree(byte[] bytes, String source) {
    try {
      JsonNode root = MAPPER.readTree(bytes);
      if (root.isObject()) {
        return root;
      }
      throw new TokenizerFormatException(
          source + " must hold a JSON object, found " + root.getNodeType() + "; save it again");
    } catch (IOException e) {
      throw new TokenizerFormatException(
          source + " must be valid JSON, found: " + e.getMessage() + "; save it again", e);
    }
  }

  /** Byte-pair and word models map a token to its id; unigram models list [token, score] by id. */
  private void addModelVocabulary(JsonNode vocabulary) {
    if (vocabulary.isArray()) {
      for (int id = 0; id < vocabulary.size(); id++) {
        put(vocabulary.get(id).path(0).asText(), id);
      }
    } else {
      vocabulary.properties().forEach(entry -> add(entry.getKey(), entry.getValue()));
    }
  }

  private void add(String token, JsonNode id) {
    // Each token takes more than a byte: greater ids would ask for a table that nothing fills.
    if (!id.isInt() || id.asInt() < 0 || id.asInt() >= bytes.length) {
      throw new TokenizerFormatException(
          source
              + " must give token '"
              + token
              + "' an id from 0 on and below the file's size, found "
              + id
              + "; correct it");
    }
    put(token, id.asInt());
  }

  private void put(String token, int id) {
    ids.put(token, id);
    tokens.put(id, token);
  }
}
