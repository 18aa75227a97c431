package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.data.NotUtf8Exception;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.files.LfsPointer;
import io.github.coconut4j.files.Presence;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the files of a tokenizer, which may come from anywhere. */
final class TokenizerFile {

  /** Rejects duplicate keys: such a token would have two ids. */
  static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final long MAX_BYTES = 500_000_000;

  private TokenizerFile() {}

  /** A file's text in UTF-8 without a byte-order mark. */
  static byte[] bytes(Path file) throws IOException {
    return content(raw(file), file.toString());
  }

  /**
   * A file's bytes as they are, be they text or not.
   *
   * @throws TokenizerFormatException if they are too many, or a git-lfs pointer
   */
  static byte[] raw(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new TokenizerFormatException(
          file
              + " must be a tokenizer's file of at most 500 MB, found "
              + Files.size(file)
              + " bytes; choose another");
    }
    byte[] bytes = Files.readAllBytes(file);
    requireNoPointer(bytes, file.toString());
    return bytes;
  }

  private static void requireNoPointer(byte[] bytes, String source) {
    if (LfsPointer.begins(bytes)) {
      throw new TokenizerFormatException(
          source + " must be a tokenizer's file, " + LfsPointer.FOUND);
    }
  }

  /**
   * Checks bytes and removes a byte-order mark.
   *
   * @throws TokenizerFormatException if they are a git-lfs pointer, or not text in UTF-8
   */
  static byte[] content(byte[] bytes, String source) {
    requireNoPointer(bytes, source);
    try {
      return Utf8Text.decode(bytes, source).getBytes(StandardCharsets.UTF_8);
    } catch (NotUtf8Exception e) {
      throw new TokenizerFormatException(e.getMessage(), e);
    }
  }

  /** The object in a JSON file of a directory, or empty if it has no such file. */
  static Optional<ObjectNode> object(Path file) throws IOException {
    return Presence.exists(file)
        ? Optional.of(object(bytes(file), file.toString()))
        : Optional.empty();
  }

  /** Parses a JSON document that is an object. */
  static ObjectNode object(byte[] json, String source) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root instanceof ObjectNode object) {
        return object;
      }
      String found = root.isMissingNode() ? "nothing" : root.getNodeType().toString();
      throw new TokenizerFormatException(
          source + " must hold a JSON object, found " + found + "; save it again");
    } catch (JsonProcessingException e) {
      throw noJson(source, JsonFault.described(e.getOriginalMessage()), e);
    } catch (IOException e) { // nothing is read from a disk here, so the bytes are not valid text
      throw noJson(source, e.getMessage(), e);
    }
  }

  private static TokenizerFormatException noJson(String source, String found, IOException cause) {
    return new TokenizerFormatException(
        source + " must be valid JSON, found: " + found + "; save it again", cause);
  }
}
