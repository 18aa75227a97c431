package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationConfigTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private static TransformerConfig config(List<Integer> ends) {
    return TransformerConfig.builder()
        .vocabSize(11)
        .nPositions(7)
        .nEmbd(8)
        .nLayer(1)
        .nHead(2)
        .eosTokenIds(ends)
        .build();
  }

  private GenerationConfig read(String json, List<Integer> ends) throws IOException {
    Files.writeString(directory.resolve("generation_config.json"), json);
    return GenerationConfig.read(directory, config(ends));
  }

  @Test
  void keepsWhatItDoesNotKnow() throws IOException {
    String json =
        "{\"eos_token_id\": [3, 5], \"pad_token_id\": 9, \"temperature\": 0.6, \"x\": {\"y\": [1]}}";
    GenerationConfig generation = read(json, List.of(4));

    generation.withDefaultEos(7).write(directory);

    assertThat(generation.eosTokenIds()).containsExactly(3, 5);
    assertThat(JSON.readTree(directory.resolve("generation_config.json").toFile()))
        .isEqualTo(JSON.readTree(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"eos_token_id\": null}", "{\"eos_token_id\": []}"})
  void theModelsConfigurationSaysWhatTheFileDoesNot(String json) throws IOException {
    assertThat(read(json, List.of(4, 6)).eosTokenIds()).containsExactly(4, 6);
    assertThat(read(json, List.of()).eosTokenIds()).isEmpty();
    assertThat(read(json, List.of()).withDefaultEos(2).eosTokenIds()).containsExactly(2);
  }

  @Test
  void aListOfTheModelsConfigurationSurvives() throws IOException {
    config(List.of(4, 6)).write(directory);

    TransformerConfig read = TransformerConfig.read(directory);

    assertThat(read).isEqualTo(config(List.of(4, 6)));
    assertThat(GenerationConfig.read(directory, read).eosTokenIds()).containsExactly(4, 6);
    JsonNode written = JSON.readTree(directory.resolve("config.json").toFile());
    assertThat(written.get("eos_token_id")).isEqualTo(JSON.readTree("[4, 6]"));
    assertThat(written.has("eos_token_ids")).isFalse();
  }

  /** Hugging Face's library writes GPT-2's id for a vocabulary of any size. */
  @Test
  void gpt2sDefaultOutsideTheVocabularyIsNoEnd() throws IOException {
    assertThat(read("{\"eos_token_id\": 50256}", List.of()).eosTokenIds()).isEmpty();
    assertThat(read("{\"eos_token_id\": [3, 3, 50256]}", List.of()).eosTokenIds())
        .containsExactly(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"eos_token_id\": \"3\"}        | eos_token_id",
        "{\"eos_token_id\": 11}           | below 11",
        "{\"eos_token_id\": -1}           | found -1",
        "{\"eos_token_id\": [3, 11]}      | found [3,11]",
        "{\"eos_token_id\": 3.0}          | eos_token_id",
        "{\"eos_token_id\": 99999999999}  | eos_token_id",
        "{\"eos_token_id\": true}         | eos_token_id",
        "{\"eos_token_id\": {\"a\": 1}}   | eos_token_id",
        "{\"eos_token_id\": [null]}       | eos_token_id",
        "[]                               | JSON object",
        "                                 | JSON object",
        "{\"eos_token_id\"                | JSON object",
        "{\"a\": 1, \"a\": 2}             | JSON object",
        "version https://git-lfs.github.com/spec/v1 | git lfs pull",
      })
  void saysWhatIsWrong(String json, String message) {
    assertThatThrownBy(() -> read(json == null ? "" : json, List.of()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("generation_config.json", "must", message);
  }
}
