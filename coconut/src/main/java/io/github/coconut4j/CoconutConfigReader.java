package io.github.coconut4j;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.model.ModelFormatException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/** Reads {@code coconut.json}: no value is guessed, rounded or converted from another type. */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class CoconutConfigReader {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  /** Required keys; a default of 0 would describe another model. */
  private static final List<String> REQUIRED =
      List.of(
          "/method",
          "/c_thought",
          "/max_latent_stage",
          "/pad_latent_to_max",
          "/stage",
          "/default_latents",
          "/special_tokens",
          "/special_tokens/eos");

  private final Path file;

  static CoconutConfig read(Path file) throws IOException {
    return new CoconutConfigReader(file).read();
  }

  private CoconutConfig read() throws IOException {
    try {
      CoconutConfig config = JSON.treeToValue(tree(), CoconutConfig.class);
      new CoconutConfigCheck(config, file).requireRanges();
      return config;
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          file + key(e),
          "must be as this library writes it",
          JsonFault.described(e.getOriginalMessage()),
          "Restore the file, or save the model again.",
          e);
    }
  }

  /** Read as a stream, so that of a large file of other content little is read. */
  private JsonNode root() throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      return JSON.readTree(input);
    } catch (CharConversionException e) { // the bytes are not valid text
      throw malformed("must be a JSON object", e.getMessage());
    }
  }

  /** The file's JSON; it has every required key. */
  private JsonNode tree() throws IOException {
    JsonNode root = root();
    if (!(root instanceof ObjectNode)) {
      throw malformed("must be a JSON object", root.isMissingNode() ? "nothing" : root);
    }
    if (root.path("version").asInt(CoconutConfig.VERSION) != CoconutConfig.VERSION) {
      throw new ModelFormatException(
          file + ": `version`",
          "must be " + CoconutConfig.VERSION,
          root.get("version"),
          "Use the release that wrote it.");
    }
    for (String key : REQUIRED) {
      if (root.at(key).isMissingNode() || root.at(key).isNull()) {
        String name = key.substring(1).replace('/', '.');
        throw malformed("must have `" + name + "`", root.at(key).isNull() ? "null" : "none");
      }
    }
    return root;
  }

  private ModelFormatException malformed(String requirement, Object found) {
    return new ModelFormatException(
        file.toString(), requirement, found, "Restore the file, or save the model again.");
  }

  /** The key that an error concerns, after a colon; empty if it concerns the whole file. */
  private static String key(JsonProcessingException error) {
    if (!(error instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return "";
    }
    return mapping.getPath().stream()
        .map(JsonMappingException.Reference::getFieldName)
        .collect(Collectors.joining(".", ": `", "`"));
  }
}
