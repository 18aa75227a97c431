package io.github.coconut4j.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.files.LfsPointer;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.internal.file.StrictJson;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A model directory's {@code config.json}. */
final class ConfigJson {

  private static final String END = "eos_token_id";
  private static final String REMEDY = "Correct the file or choose another model.";
  private static final long MAX_BYTES = 1_000_000;

  private static final JsonMapper READER = StrictJson.mapper(MAX_BYTES);
  private static final JsonMapper WRITER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path directory;
  private final Path file;

  ConfigJson(Path modelDirectory) {
    directory =
        Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    file = modelDirectory.resolve(TransformerConfig.FILE);
  }

  TransformerConfig read() throws IOException {
    if (!Presence.isFile(file)) {
      throw new ModelFormatException(
          "The model directory " + directory,
          "must contain " + TransformerConfig.FILE,
          "none",
          "Name the directory that save_pretrained has written, or the directory model/ of a training run.");
    }
    ObjectNode json = parse(file);
    Architecture architecture = architecture(json);
    toInternal(architecture, json);
    JsonNode ids = json.objectNode().set(END, json.remove(END));
    TransformerConfig sizes = bind(architecture, json);
    return sizes.toBuilder()
        .eosTokenIds(TokenIds.read(ids, END, sizes.getVocabSize(), file))
        .build();
  }

  void write(TransformerConfig config) throws IOException {
    ObjectNode json = WRITER.createObjectNode();
    json.putArray("architectures").add(config.getArchitecture().className());
    json.put("model_type", config.getArchitecture().modelType());
    config.getArchitecture().family().write(config, json);
    json.put("initializer_range", config.getInitializerRange());
    json.put("bos_token_id", config.getBosTokenId());
    TokenIds.write(json, END, config.getEosTokenIds());
    json.put("pad_token_id", config.getPadTokenId());
    json.put("tie_word_embeddings", config.isTieWordEmbeddings());
    json.put("dtype", "float32");
    writeJson(file, json);
  }

  /** A value as JSON. */
  static JsonNode tree(Object value) {
    return WRITER.valueToTree(value);
  }

  /** Reads the JSON object of a model directory's file. */
  static ObjectNode parse(Path file) throws IOException {
    LfsPointer.refuse(file, ModelFormatException::new);
    try {
      if (READER.readTree(file.toFile()) instanceof ObjectNode json) {
        return json;
      }
      throw problem(file, "must be a JSON object", "other content", null);
    } catch (JsonProcessingException e) {
      throw problem(file, "must be a JSON object", JsonFault.described(e.getOriginalMessage()), e);
    } catch (CharConversionException e) { // the bytes are not valid text
      throw problem(file, "must be a JSON object", e.getMessage(), e);
    }
  }

  private Architecture architecture(JsonNode json) {
    JsonNode type = json.path("model_type");
    String modelType = type.isContainerNode() ? type.toString() : type.asText("no model_type");
    return Architecture.find(modelType)
        .orElseThrow(
            () ->
                new ModelFormatException(
                    file.toString(),
                    "must have a model_type of " + Architecture.list(),
                    modelType,
                    "Only models of these architectures can be opened."));
  }

  private void toInternal(Architecture architecture, ObjectNode json) {
    try {
      requirePlainWeights(json);
      architecture.family().toInternal(architecture, json);
      requireActivation(architecture, json);
      requireAlikeLayers(architecture, json);
    } catch (IllegalArgumentException e) { // an unsupported variant
      throw new ModelFormatException(file + ": " + e.getMessage() + ". " + REMEDY, e);
    }
    json.set("architecture", json.textNode(architecture.modelType()));
    json.remove( // other files say what they are
        List.of("lora", "latent_iterations", "latent_backprop", "thought_map"));
  }

  /** Quantized files have other values, some under the same names. */
  private static void requirePlainWeights(JsonNode json) {
    for (String key : List.of("quantization_config", "compression_config")) {
      if (json.hasNonNull(key)) {
        throw new IllegalArgumentException(
            key
                + " must be null, as quantized weights are not read, but is "
                + TokenIds.shown(json.get(key)));
      }
    }
  }

  private static void requireActivation(Architecture architecture, JsonNode json) {
    JsonNode name = json.path("activation_function");
    if (!name.isMissingNode() && Activation.find(name.asText()).isEmpty()) {
      throw new IllegalArgumentException(
          architecture.family().key("activation_function")
              + " must be one of "
              + Activation.list()
              + ", but is "
              + name);
    }
  }

  /** A list of layers' types must be complete; settings of single layers are not read. */
  private static void requireAlikeLayers(Architecture architecture, JsonNode json) {
    JsonNode layers = json.path("n_layer");
    for (String key : List.of("layer_types", "mlp_layer_types")) {
      JsonNode types = json.path(key);
      if (json.hasNonNull(key) && layers.isInt() && types.size() != layers.intValue()) {
        throw new IllegalArgumentException(
            key
                + " must have an entry for each layer, as many as "
                + architecture.family().key("n_layer")
                + ", "
                + layers
                + ", but is "
                + TokenIds.shown(types));
      }
    }
    JsonNode single = json.path("per_layer_config");
    if (!single.isNull() && !single.isEmpty()) {
      throw new IllegalArgumentException(
          "per_layer_config must be left out, as all layers are alike here, but is "
              + TokenIds.shown(single));
    }
  }

  private TransformerConfig bind(Architecture architecture, JsonNode json) throws IOException {
    try {
      return READER.treeToValue(json, TransformerConfig.class);
    } catch (ValueInstantiationException e) { // a value that the configuration rejects
      throw new ModelFormatException(
          file + ": " + e.getCause().getMessage() + ". " + REMEDY, e.getCause());
    } catch (JsonMappingException e) { // a value of another type, at the end of this path
      String internal = e.getPath().get(0).getFieldName();
      String key = architecture.family().key(internal);
      throw problem(file, "must have a " + key + " of the right type", json.get(internal), e);
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
