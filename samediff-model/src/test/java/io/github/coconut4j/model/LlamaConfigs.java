package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The {@code config.json} of small models of Llama's family, with changes. */
final class LlamaConfigs {

  private static final ObjectMapper JSON = new ObjectMapper();

  static final String TINY =
      """
      {"vocab_size": 11, "hidden_size": 12, "num_attention_heads": 4, "num_hidden_layers": 1,
       "intermediate_size": 7, "max_position_embeddings": 40, "num_key_value_heads": 2,
       "head_dim": 4, "rms_norm_eps": 1e-6, "rope_theta": 500.0}
      """;

  private LlamaConfigs() {}

  /** Writes a configuration with a change into a directory and reads it. */
  static TransformerConfig read(Path directory, String json, Consumer<ObjectNode> change)
      throws IOException {
    ObjectNode config = (ObjectNode) JSON.readTree(json);
    change.accept(config);
    Files.writeString(directory.resolve("config.json"), config.toString());
    return TransformerConfig.read(directory);
  }

  /** The smallest of an architecture. */
  static TransformerConfig tiny(Path directory, String modelType) throws IOException {
    return read(directory, TINY, json -> json.put("model_type", modelType));
  }

  /** A part of a configuration. */
  static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
