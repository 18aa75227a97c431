package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import lombok.EqualsAndHashCode;

/**
 * A model directory's {@code generation_config.json}: how Hugging Face's library generates with the
 * model. Only the end of sequence is used here; all other keys are kept unchanged. Immutable.
 */
@EqualsAndHashCode
public final class GenerationConfig {

  /** Name of the file in a model directory. */
  public static final String FILE = "generation_config.json";

  private static final String END = "eos_token_id";

  private final ObjectNode json;
  private final List<Integer> eosTokenIds;

  private GenerationConfig(ObjectNode json, List<Integer> eosTokenIds) {
    this.json = json;
    this.eosTokenIds = eosTokenIds;
  }

  /** The defaults that Hugging Face's library uses for a model without this file. */
  public static GenerationConfig of(TransformerConfig config) {
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_from_model_config", true);
    json.put("bos_token_id", config.getBosTokenId());
    TokenIds.write(json, END, config.getEosTokenIds());
    if (config.getPadTokenId() != null) {
      json.put("pad_token_id", config.getPadTokenId());
    }
    return new GenerationConfig(json, config.getEosTokenIds());
  }

  /**
   * Reads the file, or falls back to the model's {@code config.json} if there is none.
   *
   * @throws ModelFormatException if it is not a JSON object, or its {@code eos_token_id} is neither
   *     an id of the vocabulary nor a list of ids
   * @throws IOException if it cannot be read
   */
  public static GenerationConfig read(Path modelDirectory, TransformerConfig config)
      throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    Path file = modelDirectory.resolve(FILE);
    if (!Presence.exists(file)) {
      return of(config);
    }
    ObjectNode json = ConfigJson.parse(file);
    List<Integer> ids = TokenIds.read(json, END, config.getVocabSize(), file);
    return new GenerationConfig(json, ids.isEmpty() ? config.getEosTokenIds() : ids);
  }

  /** Ids of the tokens that end a text, in the file's order; empty if none is known. */
  public List<Integer> eosTokenIds() {
    return eosTokenIds;
  }

  /**
   * The same, with this end of sequence if there is none.
   *
   * @param id of the token that ends a text; also the padding token if the file names none
   */
  public GenerationConfig withDefaultEos(int id) {
    if (!eosTokenIds.isEmpty()) {
      return this;
    }
    ObjectNode complete = json.deepCopy().put(END, id);
    if (complete.path("pad_token_id").isMissingNode()) {
      complete.put("pad_token_id", id);
    }
    return new GenerationConfig(complete, List.of(id));
  }

  /**
   * Writes {@code generation_config.json}.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path modelDirectory) throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    ObjectNode complete = json.deepCopy();
    TokenIds.write(complete, END, eosTokenIds);
    ConfigJson.writeJson(modelDirectory.resolve(FILE), complete);
  }
}
