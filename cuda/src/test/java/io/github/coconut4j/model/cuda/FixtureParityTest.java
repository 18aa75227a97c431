package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.parity.ParityCheck;
import io.github.coconut4j.parity.ParityReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares CUDA with the fixtures that other implementations computed. */
@OnCudaShim
class FixtureParityTest {

  private static final Path FIXTURES =
      Path.of("..", "samediff-model", "src", "test", "resources", "fixtures");

  static List<String> fixtures() throws IOException {
    try (Stream<Path> directories = Files.list(FIXTURES)) {
      return directories
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void cudaIsTheFirstChoice() {
    assertThat(Backends.best().name()).isEqualTo("cuda");
    assertThat(Backends.bestFused().name()).isEqualTo("cuda");
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void agreesWithTheOtherImplementation(String name) throws IOException {
    ParityReport report = ParityCheck.run(FIXTURES.resolve(name), LatentLoops.FUSED);

    assertThat(report.getLossError()).isLessThan(1e-5);
    assertThat(report.getLogitsError()).isLessThan(1e-4);
    assertThat(report.getEmbeddingsError()).isLessThan(1e-4);
    assertThat(report.getGradientError()).isLessThan(1e-3);
    assertThat(report.isGenerationsEqual()).isTrue();
    assertThat(report.isPass()).isTrue();
  }
}
