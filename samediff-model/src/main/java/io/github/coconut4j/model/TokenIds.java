package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Token ids as in Hugging Face's files: none, one, or a list. */
final class TokenIds {

  /** The default that Hugging Face's library writes for a GPT-2, whatever its vocabulary. */
  static final int GPT2_END_OF_TEXT = 50256;

  private TokenIds() {}

  /**
   * Reads the ids under a key.
   *
   * @param vocabSize rows of the token table
   * @return distinct ids in their order; empty if the key is missing or null, or has GPT-2's
   *     default and the vocabulary is smaller
   * @throws ModelFormatException if a value is not an id of the vocabulary
   */
  static List<Integer> read(JsonNode file, String key, int vocabSize, Path path) {
    JsonNode value = file.path(key);
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : value instanceof ArrayNode list ? list : List.of(value)) {
      if (id.isMissingNode() || (id.isNull() && !value.isArray()) || isDefault(id, vocabSize)) {
        continue;
      }
      if (!id.isInt() || id.intValue() < 0 || id.intValue() >= vocabSize) {
        throw new ModelFormatException(
            path.toString(),
            "must have as "
                + key
                + " an id from 0 on and below "
                + vocabSize
                + ", or a list of ids",
            shown(value),
            "Correct the file or choose another model.");
      }
      if (!ids.contains(id.intValue())) {
        ids.add(id.intValue());
      }
    }
    return List.copyOf(ids);
  }

  private static boolean isDefault(JsonNode id, int vocabSize) {
    return id.isInt() && id.intValue() == GPT2_END_OF_TEXT && vocabSize <= GPT2_END_OF_TEXT;
  }

  /** Writes ids: null for none, a number for one. */
  static void write(ObjectNode file, String key, List<Integer> ids) {
    if (ids.size() == 1) {
      file.put(key, ids.get(0));
    } else if (ids.isEmpty()) {
      file.putNull(key);
    } else {
      ArrayNode list = file.putArray(key);
      ids.forEach(list::add);
    }
  }

  /** A value as error messages show it. */
  static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
