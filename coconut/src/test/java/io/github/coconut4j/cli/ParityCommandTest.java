package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParityCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Path FIXTURE =
      Path.of("../samediff-model/src/test/resources/fixtures/tiny-gpt2-a");

  @TempDir private Path directory;

  @BeforeEach
  void copy() throws IOException {
    try (Stream<Path> files = Files.list(FIXTURE)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
  }

  private CommandLineRun parity(String... options) {
    return CommandLineRun.of(
        Stream.concat(Stream.of("parity", "--fixture", "" + directory), Stream.of(options))
            .toArray(String[]::new));
  }

  private void replaceInCase(String pattern, String replacement) throws IOException {
    Path file = directory.resolve("case.json");
    String text = Files.readString(file);
    String changed = text.replaceFirst(pattern, replacement);
    assertThat(changed).isNotEqualTo(text);
    Files.writeString(file, changed);
  }

  /** Three GiB of other content do not fit an array. */
  @Test
  void aCaseOfOtherContentIsReadToItsFirstFault() throws IOException {
    try (RandomAccessFile file =
        new RandomAccessFile(directory.resolve("case.json").toFile(), "rw")) {
      file.setLength(3L << 30);
      file.write(new byte[] {0, 0, 0, '{'});

      parity().assertRefused("case.json must describe a batch");

      file.write(new byte[] {-1, 0, 0, 0}); // no character of UTF-32, as which the file begins
    }
    parity().assertRefused("case.json must describe a batch");
  }

  @Test
  void printsOneObjectWithTheKeysOfTheContract() throws IOException {
    CommandLineRun run = parity("--loop", "unrolled", "--json");

    assertThat(run.status()).isZero();
    assertThat(run.lines()).hasSize(1);
    JsonNode line = JSON.readTree(run.output());
    assertThat(line.fieldNames())
        .toIterable()
        .containsExactly(
            "fixture",
            "loop",
            "loss",
            "loss_error",
            "term_errors",
            "logits_error",
            "embeddings_error",
            "latents_error",
            "gradient_error",
            "worst_gradient",
            "generations_equal",
            "pass");
    assertThat(line.get("loop").asText()).isEqualTo("unrolled");
    assertThat(line.get("term_errors").isNull()).isTrue();
    assertThat(line.get("latents_error").isNull()).isTrue();
    assertThat(line.get("pass").asBoolean()).isTrue();
  }

  /** They decide whether it passes, so a failure must be seen there too. */
  @Test
  void theTableHasTheErrorOfLatentsIfThereAreAny() {
    CommandLineRun withLatents =
        CommandLineRun.of("parity", "--fixture", "" + FIXTURE.resolveSibling("codi-a"));

    assertThat(withLatents.status()).isZero();
    assertThat(withLatents.output()).containsPattern("(?m)^latents +\\d\\.\\d\\de-\\d\\d");
    assertThat(parity().output()).doesNotContain("latents");
  }

  @ParameterizedTest
  @CsvSource({"tiny-gpt2-e, fused", "tiny-llama-b, unrolled", "tiny-qwen3-a, fused"})
  void passesForOtherArchitectures(String name, String loop) throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
            "parity", "--fixture", "" + FIXTURE.resolveSibling(name), "--loop", loop, "--json");

    assertThat(run.status()).isZero();
    assertThat(run.lines()).hasSize(1);
    JsonNode line = JSON.readTree(run.output());
    assertThat(line.get("pass").asBoolean()).isTrue();
    assertThat(line.get("loop").asText()).isEqualTo(loop);
    assertThat(line.get("generations_equal").asBoolean()).isTrue();
  }

  @Test
  void comparesSeveralFixturesAndFailsWhereOneDoes() throws IOException {
    replaceInCase("\"loss\": [^,]*", "\"loss\": 1");
    CommandLineRun run = parity("--fixture", "" + FIXTURE, "--json");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.lines()).hasSize(2);
    assertThat(JSON.readTree(run.lines().get(0)).get("pass").asBoolean()).isFalse();
    assertThat(JSON.readTree(run.lines().get(1)).get("pass").asBoolean()).isTrue();
    assertThat(parity("--fixture", "" + FIXTURE).output())
        .contains(directory + "\n", "FAIL", "pass");
  }

  @Test
  void printsWhatIsNoNumberAsNaNAndFails() throws IOException {
    replaceInCase("\"loss\": [^,]*", "\"loss\": NaN");

    CommandLineRun json = parity("--json");
    JsonNode line = JSON.readTree(json.output());

    assertThat(json.status()).isEqualTo(1);
    assertThat(line.get("loss_error").isTextual()).isTrue();
    assertThat(line.get("loss_error").asText()).isEqualTo("NaN");
    assertThat(line.get("loss").isNumber()).isTrue();
    assertThat(line.get("pass").asBoolean()).isFalse();

    CommandLineRun table = parity();
    assertThat(table.status()).isEqualTo(1);
    assertThat(table.output()).containsPattern("loss +NaN").contains("FAIL");
  }

  @Test
  void refusesAnotherKindWithOneMessage() throws IOException {
    replaceInCase("\\{", "{\"kind\": \"lotus\", ");

    CommandLineRun run = parity("--json");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors().lines()).singleElement().asString().contains("the kind lotus");
  }

  @Test
  void refusesAnotherActivationByName() throws IOException {
    Path config = directory.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("gelu_new", "quick_gelu"));

    CommandLineRun run = parity();

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("activation_function", "but is \"quick_gelu\"");
  }
}
