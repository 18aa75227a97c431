package io.github.coconut4j.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.LfsPointer;
import io.github.coconut4j.model.internal.file.StrictJson;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import lombok.extern.slf4j.Slf4j;

/** A model directory's {@code config.json}. */
@Slf4j
final class ConfigFile {

  private static final String NAME = "config.json";
  private static final String END = "eos_token_id";
  private static final String REMEDY = "Correct the file or choose another model.";
  private static final long MAX_BYTES = 1_000_000;

  private static final JsonMapper READER = StrictJson.mapper(MAX_BYTES);
  private static final JsonMapper WRITER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Variants of GPT-2's attention that Hugging Face's library knows and this one does not. */
  private static final Map<String, Boolean> FIXED =
      new TreeMap<>(
          Map.of(
              "add_cross_attention", false,
              "scale_attn_by_inverse_layer_idx", false,
              "scale_attn_weights", true));

  private final Path directory;
  private final Path file;

  ConfigFile(Path modelDirectory) {
    directory = modelDirectory;
    file = modelDirectory.resolve(NAME);
  }

  TransformerConfig read() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ModelFormatException(
          "The model directory " + directory,
          "must contain " + NAME,
          "none",
          "Name the directory that save_pretrained, or a training run here, has written.");
    }
    ObjectNode json = parse(file);
    checkArchitecture(json);
    JsonNode ids = json.objectNode().set(END, json.remove(END));
    TransformerConfig sizes = bind(json);
    TransformerConfig config =
        sizes.toBuilder().eosTokenIds(TokenIds.read(ids, END, sizes.getVocabSize(), file)).build();
    if (config.getAttnPdrop() + config.getEmbdPdrop() + config.getResidPdrop() > 0) {
      log.info("{} asks for dropout; training here applies none.", file);
    }
    return config;
  }

  void write(TransformerConfig config) throws IOException {
    ObjectNode json = WRITER.createObjectNode();
    json.putArray("architectures").add("GPT2LMHeadModel");
    json.put("model_type", "gpt2");
    json.setAll((ObjectNode) WRITER.valueToTree(config));
    TokenIds.write(json, END, config.getEosTokenIds());
    FIXED.forEach(json::put);
    json.put("dtype", "float32");
    writeJson(file, json);
  }

  /** The object that a model directory's JSON file holds. */
  static ObjectNode parse(Path file) throws IOException {
    LfsPointer.refuse(file, ModelFormatException::new);
    try {
      if (READER.readTree(file.toFile()) instanceof ObjectNode json) {
        return json;
      }
      throw problem(file, "must be a JSON object", "other content", null);
    } catch (JsonProcessingException e) {
      throw problem(file, "must be a JSON object", e.getOriginalMessage(), e);
    } catch (CharConversionException e) { // the bytes are no text
      throw problem(file, "must be a JSON object", e.getMessage(), e);
    }
  }

  private void checkArchitecture(JsonNode json) {
    String modelType = json.path("model_type").asText("no model_type");
    if (!modelType.equals("gpt2")) {
      throw new ModelFormatException(
          file.toString(),
          "must have the model_type gpt2",
          modelType,
          "Only models of GPT-2's architecture can be opened.");
    }
    FIXED.forEach(
        (key, value) -> {
          JsonNode found = json.get(key);
          if (found != null && !(found.isBoolean() && found.booleanValue() == value)) {
            throw problem(file, "must have " + key + " " + value, found, null);
          }
        });
  }

  private TransformerConfig bind(JsonNode json) throws IOException {
    try {
      return READER.treeToValue(json, TransformerConfig.class);
    } catch (ValueInstantiationException e) { // a value that the configuration refuses
      throw new ModelFormatException(
          file + ": " + e.getCause().getMessage() + ". " + REMEDY, e.getCause());
    } catch (JsonMappingException e) { // a value of another type, at the end of this path
      String key = e.getPath().get(0).getFieldName();
      throw problem(file, "must have a " + key + " of the right type", json.get(key), e);
    }
  }

  private static ModelFormatException problem(
      Path file, String requirement, Object found, Throwable cause) {
    return new ModelFormatException(file.toString(), requirement, found, REMEDY, cause);
  }

  static void writeJson(Path target, JsonNode json) throws IOException {
    byte[] bytes = WRITER.writeValueAsBytes(json);
    AtomicFile.replace(target, output -> output.write(bytes));
  }
}
