package io.github.coconut4j.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.data.tokenizer.WordTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlainTokenizerTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private ObjectNode words() throws IOException {
    WordTokenizer.of(List.of("One or two?")).save(directory);
    return (ObjectNode) JSON.readTree(directory.resolve("tokenizer.json").toFile());
  }

  private static JsonNode json(String text) throws JsonProcessingException {
    return JSON.readTree(text.replace('\'', '"'));
  }

  @Test
  void ourOwnArePlain() throws IOException {
    Path shipped = Path.of("../models/prosqa-coconut/tokenizer.json");

    assertThat(PlainTokenizer.is(words())).isTrue();
    assertThat(PlainTokenizer.is(JSON.readTree(shipped.toFile()))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "decoder | null",
        "decoder | {'type': 'WordPiece', 'prefix': '##', 'cleanup': true}",
        "decoder | {'type': 'Sequence', 'decoders': []}",
        "decoder | {'type': 'Replace', 'pattern': {'Regex': 'a'}, 'content': 'b'}",
        "normalizer | {'type': 'Lowercase'}",
        "post_processor | {'type': 'ByteLevel'}",
        "pre_tokenizer | null",
        "pre_tokenizer | {'type': 'Whitespace'}",
        "pre_tokenizer | {'type': 'Sequence', 'pretokenizers': [{'type': 'Whitespace'}]}",
        "model | {'type': 'BPE'}",
        "added_tokens | [{'id': 0, 'content': 'One', 'special': false}]",
      })
  void othersAreNot(String key, String value) throws IOException {
    ObjectNode words = words();
    words.set(key, json(value));

    assertThat(PlainTokenizer.is(words)).isFalse();
    words.remove(key);
    assertThat(PlainTokenizer.is(words)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type': 'Split', 'pattern': {'String': ' '}, 'behavior': 'Removed'}",
        "{'type': 'Split', 'pattern': {'Regex': ' '}, 'behavior': 'MergedWithNext'}",
        "{'type': 'Split', 'pattern': {'Regex': ' '}, 'behavior': 'Isolated', 'invert': true}",
        "{'type': 'Split', 'pattern': {'Regex': '\\\\w+'}, 'behavior': 'Isolated'}",
        "{'type': 'Split', 'pattern': {'Regex': '[\\\\s]'}, 'behavior': 'Isolated'}",
        "{'type': 'Split', 'pattern': {'Regex': '^a'}, 'behavior': 'Isolated'}",
        "{'type': 'Split', 'pattern': {'Regex': '(?i)a'}, 'behavior': 'Isolated'}",
        "{'type': 'Split', 'pattern': {'Regex': '.'}, 'behavior': 'Isolated'}",
        "{'type': 'Split', 'pattern': {'Regex': ''}, 'behavior': 'Isolated'}",
      })
  void otherSplitsAreNotKnown(String split) throws IOException {
    ObjectNode words = words();
    words.set("pre_tokenizer", json(split));

    assertThat(PlainTokenizer.is(words)).isFalse();
  }

  /** As long as one that lists the words of a vocabulary. */
  @Test
  void aLongExpressionIsRead() throws IOException {
    String words = "zebra|".repeat(2000);
    String letters = "abc".repeat(2000);
    ObjectNode plain = words();
    plain.set("pre_tokenizer", split(words + "[" + letters + "]"));
    ObjectNode other = words();
    other.set("pre_tokenizer", split(words + "[" + letters + "]" + "^"));

    assertThat(PlainTokenizer.is(plain)).isTrue();
    assertThat(PlainTokenizer.is(other)).isFalse();
  }

  private static JsonNode split(String regex) throws JsonProcessingException {
    return json("{'type': 'Split', 'pattern': {'Regex': '" + regex + "'}, 'behavior': 'Isolated'}");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{'Regex': '[.] (?=[^a-z])'} | '. ' | true",
        "{'Regex': 'a'} | '$1' | false",
        "{'String': 'a'} | 'b' | false",
      })
  void replacementsMeanTheSameInJava(String pattern, String content, boolean plain)
      throws IOException {
    ObjectNode words = words();
    words.set(
        "decoder",
        json(
            "{'type': 'Sequence', 'decoders': [{'type': 'Fuse'}, {'type': 'Replace', 'pattern': "
                + pattern
                + ", 'content': "
                + content
                + "}]}"));

    assertThat(PlainTokenizer.is(words)).isEqualTo(plain);
  }
}
