package io.github.coconut4j.model.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DatabindException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.internal.file.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Parses a header's JSON tensor by tensor, so that a hostile header costs no more memory than a
 * small multiple of its own length.
 */
final class HeaderParser {

  private static final JsonMapper MAPPER = StrictJson.mapper(Header.MAX_BYTES);
  private static final ObjectReader VALUES =
      MAPPER
          .reader()
          .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES);
  private static final TypeReference<TensorEntry> ENTRY = new TypeReference<>() {};
  private static final TypeReference<LinkedHashMap<String, String>> STRINGS =
      new TypeReference<>() {};

  private final Path file;
  private final TensorLayout layout;
  private Map<String, String> metadata = Map.of();

  /**
   * @param file the file, named in errors
   * @param dataBytes number of bytes after the header
   */
  HeaderParser(Path file, long dataBytes) {
    this.file = file;
    layout = new TensorLayout(file, dataBytes);
  }

  /**
   * Parses and checks the header.
   *
   * @throws ModelFormatException if it violates the format
   */
  Header parse(byte[] json) {
    try (JsonParser parser = MAPPER.createParser(json)) {
      parseObject(parser);
    } catch (JsonProcessingException e) {
      throw noHeader(JsonFault.described(e.getOriginalMessage()), e);
    } catch (IOException e) { // nothing is read from a disk here, so the bytes are not valid text
      throw noHeader(e.getMessage(), e);
    }
    return new Header(layout.tensors(), metadata, Header.PREFIX_BYTES + (long) json.length);
  }

  private void parseObject(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw noHeader("another value", null);
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      if (key.equals(Header.METADATA)) {
        // Like the format's reference implementation, which treats null as no strings.
        metadata = parser.currentToken() == JsonToken.VALUE_NULL ? Map.of() : strings(parser);
      } else {
        layout.add(key, bind(key, ENTRY, parser));
      }
    }
    if (parser.nextToken() != null) {
      throw noHeader("more text after it", null);
    }
  }

  private Map<String, String> strings(JsonParser parser) throws IOException {
    return bind(Header.METADATA, STRINGS, parser);
  }

  private <T> T bind(String key, TypeReference<T> type, JsonParser parser) throws IOException {
    if (!parser.isExpectedStartObjectToken()) {
      throw noEntry(key, parser.currentToken(), null);
    }
    try {
      return VALUES.readValue(parser, type);
    } catch (DatabindException e) {
      throw noEntry(key, JsonFault.described(e.getOriginalMessage()), e);
    }
  }

  private ModelFormatException noEntry(String key, Object found, Throwable cause) {
    return new ModelFormatException(
        "The header of " + file + ", key '" + key + "',",
        key.equals(Header.METADATA)
            ? "must be an object of strings"
            : "must be an object of dtype (a string), shape and data_offsets (lists of integers)",
        found,
        Header.REMEDY,
        cause);
  }

  private ModelFormatException noHeader(String found, Throwable cause) {
    return new ModelFormatException(
        "The header of " + file, "must be a JSON object", found, Header.REMEDY, cause);
  }
}
