package io.github.coconut4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fixtures were computed by the published implementation on two tiny models. */
class ParityCheckTest {

  private static final Path FIXTURES = Path.of("../samediff-model/src/test/resources/fixtures");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "tiny-gpt2-a, UNROLLED",
    "tiny-gpt2-b, UNROLLED",
    "tiny-gpt2-a, AUTO",
    "tiny-gpt2-b, AUTO"
  })
  void agreesWithThePublishedImplementation(String fixture, LatentLoops loop) throws IOException {
    ParityReport report = ParityCheck.run(FIXTURES.resolve(fixture), loop);

    assertThat(report.getLossError()).isLessThan(1e-5);
    assertThat(report.getLogitsError()).isLessThan(1e-4);
    assertThat(report.getEmbeddingsError()).isLessThan(1e-4);
    assertThat(report.getGradientError()).isLessThan(1e-3);
    assertThat(report.isGenerationsEqual()).isTrue();
    assertThat(report.isPass()).isTrue();
  }

  @Test
  void aWrongFixtureDoesNotPass() throws IOException {
    Path altered = copy("tiny-gpt2-a");
    Path file = altered.resolve("case.json");
    JsonMapper json = JsonMapper.builder().build();
    ObjectNode content = (ObjectNode) json.readTree(Files.readAllBytes(file));
    content.put("loss", content.get("loss").asDouble() + 0.01);
    Files.write(file, json.writeValueAsBytes(content));

    ParityReport report = ParityCheck.run(altered, LatentLoops.AUTO);

    assertThat(report.getLossError()).isGreaterThan(0.009);
    assertThat(report.isPass()).isFalse();
  }

  @Test
  void aDirectoryWithoutACaseIsRefused() {
    assertThatThrownBy(() -> ParityCheck.run(directory, LatentLoops.AUTO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("case.json");
  }

  private Path copy(String fixture) throws IOException {
    try (Stream<Path> files = Files.list(FIXTURES.resolve(fixture))) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
    return directory;
  }
}
