package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON file next to a {@code tokenizer.json} that names tokens.
 *
 * @param file its path, for errors
 * @param json its content, empty for a file that does not exist
 */
record TokenFile(Path file, ObjectNode json) {

  /** The key of the token that ends a text. */
  static final String END = "eos_token";

  /** Keys that each name a token. */
  static final List<String> NAMES =
      List.of("bos_token", END, "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

  /** Key of further special tokens in Hugging Face's library up to version 4. */
  static final String MORE = "additional_special_tokens";

  /** Their key since version 5. */
  static final String MORE_SINCE_5 = "extra_special_tokens";

  /** Added tokens by their ids. */
  static final String DECODER = "added_tokens_decoder";

  private static final Comparator<AddedToken> BY_ID = Comparator.comparing(AddedToken::id);

  /**
   * Reads a file.
   *
   * @throws TokenizerFormatException if it does not contain a JSON object
   */
  static TokenFile read(Path file) throws IOException {
    return new TokenFile(
        file, TokenizerFile.object(file).orElseGet(JsonNodeFactory.instance::objectNode));
  }

  boolean exists() {
    return !json.isEmpty();
  }

  boolean lacks(String key) {
    JsonNode value = json.path(key);
    return value.isMissingNode() || value.isNull();
  }

  /** The token of a key in {@link #NAMES}. */
  Optional<AddedToken> named(String key) {
    return lacks(key) ? Optional.empty() : Optional.of(special(key, json.get(key)));
  }

  /** The special tokens that the file names, without ids. */
  List<AddedToken> named() {
    List<AddedToken> tokens = new ArrayList<>();
    NAMES.forEach(name -> named(name).ifPresent(tokens::add));
    for (String key : List.of(MORE, MORE_SINCE_5)) {
      if (!lacks(key)) {
        JsonNode values = json.get(key);
        require(values.isContainerNode(), key, "a list of tokens", values);
        values.forEach(value -> tokens.add(special(key, value)));
      }
    }
    return tokens;
  }

  private AddedToken special(String key, JsonNode value) {
    return AddedToken.read(value, null, true, place(key));
  }

  /** The tokens of {@code added_tokens_decoder}, by ascending id. */
  List<AddedToken> numbered() {
    List<AddedToken> tokens = new ArrayList<>();
    if (!lacks(DECODER)) {
      JsonNode decoder = json.get(DECODER);
      require(decoder.isObject(), DECODER, "an object of tokens by their ids", decoder);
      for (Map.Entry<String, JsonNode> entry : decoder.properties()) {
        String key = DECODER + "." + entry.getKey();
        require(entry.getKey().matches("[0-9]{1,9}"), key, "an id from 0 on as its key", decoder);
        Integer id = Integer.valueOf(entry.getKey());
        tokens.add(AddedToken.read(entry.getValue(), id, false, place(key)));
      }
    }
    tokens.sort(BY_ID);
    return tokens;
  }

  /**
   * The tokens of an {@code added_tokens.json}, which maps texts to ids, by ascending id.
   *
   * @param special texts of the special ones
   */
  List<AddedToken> numberedByText(List<String> special) {
    List<AddedToken> tokens = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      String text = entry.getKey();
      JsonNode id = entry.getValue();
      require(id.isInt() && id.intValue() >= 0, text, "an id from 0 on", id);
      JsonNode content = JsonNodeFactory.instance.textNode(text);
      tokens.add(AddedToken.read(content, id.intValue(), special.contains(text), place(text)));
    }
    tokens.sort(BY_ID);
    return tokens;
  }

  private String place(String key) {
    return file + ", key `" + key + "`,";
  }

  private void require(boolean holds, String key, String requirement, JsonNode found) {
    if (!holds) {
      throw new TokenizerFormatException(
          place(key)
              + " must have "
              + requirement
              + ", found "
              + AddedToken.shown(found)
              + "; save the tokenizer again with save_pretrained");
    }
  }
}
