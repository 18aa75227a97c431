package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoconutConfigTest {

  @TempDir private Path directory;

  private static CoconutConfig config() {
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(Method.COCONUT)
            .cThought(2)
            .maxLatentStage(3)
            .padLatentToMax(true)
            .icotTokensPerStage(8)
            .build();
    SpecialTokenIds tokens =
        SpecialTokenIds.builder().startLatent(1).endLatent(2).latent(3).eos(0).build();
    return CoconutConfig.of(settings, 4, tokens);
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    config().write(directory);

    assertThat(CoconutConfig.read(directory)).isEqualTo(config());
    assertThat(config().getDefaultLatents()).isEqualTo(6);
  }

  @Test
  void saysWhenThinkingEndsWhereThatIsNotFixed() throws IOException {
    config().withHalt(Halt.FIXED, 0.5).write(directory);
    assertThat(Files.readString(directory.resolve(CoconutConfig.FILE))).doesNotContain("halt");
    CoconutConfig halting = config().withHalt(Halt.CONFIDENCE, 0.5);

    halting.write(directory);

    assertThat(Files.readString(directory.resolve(CoconutConfig.FILE)))
        .contains("\"halt\" : \"confidence\"", "\"halt_threshold\" : 0.5");
    assertThat(CoconutConfig.read(directory)).isEqualTo(halting).isNotEqualTo(config());
    config().withHalt(Halt.CONFIDENCE, 1.5).write(directory);
    assertThatThrownBy(() -> CoconutConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("halt_threshold", "above 0 and at most 1", "1.5");
    Files.writeString(
        directory.resolve(CoconutConfig.FILE),
        Files.readString(directory.resolve(CoconutConfig.FILE))
            .replace("1.5", "0.5")
            .replace("\"default_latents\" : 6", "\"default_latents\" : 0")
            .replace("\"coconut\"", "\"no_thoughts\""));
    assertThatThrownBy(() -> CoconutConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("`halt`", "fixed, since the method is no_thoughts");
  }

  /** Files of every released format stay readable. */
  @Test
  void readsTheFirstFormat() throws IOException {
    Files.writeString(
        directory.resolve(CoconutConfig.FILE),
        """
        {"version": 1, "method": "coconut", "c_thought": 2, "max_latent_stage": 3,
         "pad_latent_to_max": true, "icot_tokens_per_epoch": 8, "stage": 4, "default_latents": 6,
         "special_tokens":
           {"start_latent": 1, "end_latent": 2, "latent": 3, "pause": null, "eos": 0}}
        """);

    assertThat(CoconutConfig.read(directory)).isEqualTo(config());
  }

  @Test
  void saysHowLatentsReceiveStates() throws IOException {
    config().write(directory);
    assertThat(Files.readString(directory.resolve(CoconutConfig.FILE)))
        .contains("\"latents\" : \"sequential\"", "\"latent_iterations\" : null");
    ThoughtSettings refined = config().thoughtSettings().toBuilder().latentIterations(5).build();
    CoconutConfig parallel = CoconutConfig.of(refined, 4, config().getSpecialTokens());

    parallel.write(directory);

    assertThat(Files.readString(directory.resolve(CoconutConfig.FILE)))
        .contains("\"latents\" : \"parallel\"", "\"latent_iterations\" : 5");
    assertThat(CoconutConfig.read(directory)).isEqualTo(parallel);
    assertThat(parallel.atStage(2).getLatentIterations()).isEqualTo(5);
    assertThat(parallel.applyTo(architecture(8)).getLatentIterations()).isEqualTo(5);
    assertThat(config().applyTo(architecture(8)).getLatentIterations()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"version\": 1}",
        "{\"version\": 2, \"method\": \"cot\"}",
        "{\"version\": 1, \"version\": 1}",
        "{\"version\": 1, \"method\": \"magic\", \"special_tokens\": {\"eos\": 0}}"
      })
  void refusesOtherContent(String content) throws IOException {
    Files.writeString(directory.resolve(CoconutConfig.FILE), content);

    assertNotRead();
  }

  /** Three GiB of other content do not fit an array. */
  @Test
  void aFileOfOtherContentIsReadToItsFirstFault() throws IOException {
    try (RandomAccessFile file =
        new RandomAccessFile(directory.resolve(CoconutConfig.FILE).toFile(), "rw")) {
      file.setLength(3L << 30);
      assertNotRead();
      file.write(new byte[] {0, 0, 0, '{', -1, 0, 0, 0}); // the second is no character of UTF-32
    }
    assertNotRead();
  }

  private void assertNotRead() {
    assertThatThrownBy(() -> CoconutConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(CoconutConfig.FILE);
  }

  private static final String COMPLETE =
      """
      {"version": 1, "method": "coconut", "c_thought": 2, "max_latent_stage": 3,
       "pad_latent_to_max": true, "icot_tokens_per_epoch": 8, "stage": 4, "default_latents": 6,
       "latents": "parallel", "latent_iterations": 2,
       "special_tokens":
         {"start_latent": 1, "end_latent": 2, "latent": 3, "pause": 4, "eos": 0}}
      """;

  /** Every key that holds a number, and what no number of it may be. */
  static Stream<Arguments> wrongNumbers() {
    List<String> keys =
        List.of(
            "version",
            "c_thought",
            "max_latent_stage",
            "icot_tokens_per_epoch",
            "stage",
            "default_latents",
            "latent_iterations",
            "start_latent",
            "end_latent",
            "latent",
            "pause",
            "eos");
    return keys.stream()
        .flatMap(
            key ->
                Stream.of(
                        "-1",
                        "2000000000",
                        "3000000000",
                        "1e30",
                        "2.5",
                        "1.0",
                        "\"1\"",
                        "true",
                        "[1]")
                    .map(value -> Arguments.of(key, value)));
  }

  @ParameterizedTest
  @MethodSource("wrongNumbers")
  void refusesAWrongNumberByFileAndKey(String key, String value) throws IOException {
    assertRefused(COMPLETE.replaceFirst("\"" + key + "\": \\d+", "\"" + key + "\": " + value), key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "method",
        "c_thought",
        "max_latent_stage",
        "pad_latent_to_max",
        "stage",
        "default_latents",
        "start_latent",
        "end_latent",
        "latent",
        "eos"
      })
  void refusesAMissingValueByFileAndKey(String key) throws IOException {
    String without = COMPLETE.replaceFirst("\"" + key + "\": [^,}]+,? ?", "");
    assertRefused(without.replaceFirst(", *}", "}"), key);
    assertRefused(COMPLETE.replaceFirst("\"" + key + "\": [^,}]+", "\"" + key + "\": null"), key);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"method\": \"coconut\" | \"method\": \"magic\" | method",
        "\"method\": \"coconut\" | \"method\": 0 | method",
        "\"pad_latent_to_max\": true | \"pad_latent_to_max\": 1 | pad_latent_to_max",
        "\"pad_latent_to_max\": true | \"pad_latent_to_max\": \"true\" | pad_latent_to_max",
        "\"c_thought\": 2 | \"c_thought\": 0 | default_latents",
        "\"c_thought\": 2 | \"c_thought\": 1000000 | c_thought",
        "\"max_latent_stage\": 3 | \"max_latent_stage\": 1000000 | c_thought",
        "\"default_latents\": 6 | \"default_latents\": 7 | default_latents",
        "\"method\": \"coconut\" | \"method\": \"cot\" | latents",
        "\"latents\": \"parallel\" | \"latents\": \"sequential\" | latent_iterations",
        "\"latents\": \"parallel\" | \"latents\": null | latents",
        "\"latents\": \"parallel\" | \"latents\": \"both\" | latents",
        "\"latent_iterations\": 2 | \"latent_iterations\": 0 | latent_iterations",
        "\"latent_iterations\": 2 | \"latent_iterations\": null | latent_iterations",
        "\"latent\": 3 | \"latent\": 1 | latent",
        "\"pause\": 4 | \"pause\": 0 | pause",
        "\"latent\": 3 | \"latent\": 11 | latent",
        "\"pause\": 4 | \"pause\": 11 | pause",
      })
  void refusesWhatDoesNotGoTogether(String from, String to, String key) throws IOException {
    assertRefused(COMPLETE.replace(from, to), key);
  }

  private static final String IDENTITY = "\"thought_map\": \"identity\",";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"thought_map\": \"linear\", | thought_map",
        "\"thought_map\": null, | thought_map",
        "\"thought_map\": 1, | thought_map",
        "\"thought_map\": \"projection\", | projection_width",
        "\"thought_map\": \"projection\", \"projection_width\": 0, | projection_width",
        "\"thought_map\": \"projection\", \"projection_width\": 2.5, | projection_width",
        "\"thought_map\": \"projection\", \"projection_width\": 4000000000, | projection_width",
        "\"thought_map\": \"scale\", | thought_scale",
        "\"thought_map\": \"scale\", \"thought_scale\": -1, | thought_scale",
        "\"thought_map\": \"scale\", \"thought_scale\": \"1\", | thought_scale",
        "\"thought_map\": \"scale\", \"thought_scale\": 1e999, | thought_scale",
        "\"thought_map\": \"identity\", \"projection_width\": 3, | projection_width",
        "\"thought_scale\": 3, | thought_scale",
      })
  void refusesAWrongMapOfThoughtsByFileAndKey(String keys, String key) throws IOException {
    String complete = COMPLETE.replace("\"stage\"", IDENTITY + " \"stage\"");
    Files.writeString(directory.resolve(CoconutConfig.FILE), complete);
    assertThat(CoconutConfig.read(directory).thoughtMapConfig())
        .isEqualTo(ThoughtMapConfig.IDENTITY);
    assertRefused(complete.replace(IDENTITY, keys), key);
  }

  @Test
  void aMapIsNoMethodsWithoutLatents() throws IOException {
    assertRefused(
        COMPLETE
            .replace("\"coconut\"", "\"pause_as_thought\"")
            .replace(
                "\"latents\": \"parallel\", \"latent_iterations\": 2,",
                "\"thought_map\": \"scale\", \"thought_scale\": 1,"),
        "thought_map");
  }

  @Test
  void whatIsWrittenOfAMapIsReadBack() throws IOException {
    for (ThoughtMapConfig map :
        List.of(ThoughtMapConfig.projection(7), ThoughtMapConfig.scale(0.3))) {
      CoconutConfig mapped = config().withThoughtMap(map);
      mapped.write(directory);
      assertThat(CoconutConfig.read(directory)).isEqualTo(mapped);
      assertThat(CoconutConfig.read(directory).thoughtMapConfig()).isEqualTo(map);
      assertThat(mapped.atStage(2).thoughtMapConfig()).isEqualTo(map);
    }
  }

  /** Eleven tokens, eight positions. */
  private void assertRefused(String content, String key) throws IOException {
    assertThat(content).isNotEqualTo(COMPLETE);
    Path file = Files.writeString(directory.resolve(CoconutConfig.FILE), content);

    assertThatThrownBy(() -> CoconutConfig.find(directory, architecture(8)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("`")
        .hasMessageContaining(key);
  }

  private static TransformerConfig architecture(int positions) {
    return TransformerConfig.builder()
        .vocabSize(11)
        .nPositions(positions)
        .nEmbd(8)
        .nLayer(1)
        .nHead(2)
        .build();
  }

  @Test
  void refusesMoreThoughtsThanPositions() throws IOException {
    Files.writeString(directory.resolve(CoconutConfig.FILE), COMPLETE);

    assertThat(CoconutConfig.find(directory, architecture(7))).isPresent();
    assertThatThrownBy(() -> CoconutConfig.find(directory, architecture(6)))
        .hasMessageContaining("`c_thought`")
        .hasMessageContaining("6 positions");
  }

  /** What training may end with must be opened again, however long it went on. */
  @Test
  void whatEveryMethodWritesIsReadBack() throws IOException {
    TextTokenizer words = TinyModels.phrases(Method.COCONUT, LatentLoops.UNROLLED).getTokenizer();
    for (Method method : Method.values()) {
      for (int stage : new int[] {0, 1, 9, Integer.MAX_VALUE}) {
        CoconutConfig written =
            CoconutConfig.of(
                config().thoughtSettings().toBuilder().method(method).build(),
                stage,
                SpecialTokenIds.of(words, method));
        written.write(directory);
        assertThat(CoconutConfig.read(directory))
            .as("%s, stage %d", method, stage)
            .isEqualTo(written);
      }
    }
  }
}
