package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.cli.Main;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaGenerator;
import io.github.coconut4j.data.prosqa.ProsQaOptions;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on a file that is larger than Java's heap. */
@Tag("nightly")
class LargeDataTest {

  private static final long FILE_BYTES = 100_000_000;
  private static final String HEAP = "-Xmx64m";

  @TempDir private Path directory;

  /** The same 500 problems over and over. */
  private Path largeFile() throws IOException {
    Path small = directory.resolve("small.json");
    List<ReasoningProblem> problems =
        new ProsQaGenerator(ProsQaOptions.builder().seed(3).build()).generate(500, Set.of());
    ProblemJson.write(small, problems);
    String array = Files.readString(small).strip();
    String elements = array.substring(1, array.length() - 1).strip();
    Path large = directory.resolve("large.json");
    try (BufferedWriter writer = Files.newBufferedWriter(large)) {
      writer.write("[");
      for (long written = 0; written < FILE_BYTES; written += elements.length()) {
        writer.write(written == 0 ? elements : ",\n" + elements);
      }
      writer.write("]");
    }
    return large;
  }

  @Test
  void trainsOnAFileLargerThanTheHeap() throws IOException, InterruptedException {
    Path config =
        Files.write(
            directory.resolve("config.yaml"),
            List.of(
                "cot: True",
                "train_path: " + largeFile(),
                "max_steps: 3",
                "n_embd: 16",
                "n_head: 2",
                "n_positions: 256",
                "batch_size_training: 4"));
    Path output = directory.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-Dorg.bytedeco.javacpp.maxbytes=2g",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=4g",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--config",
                config.toString(),
                "--out",
                directory.resolve("run").toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();

    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    assertThat(MetricsFile.read(new RunDirectory(directory.resolve("run")).metrics()).updates())
        .hasSize(3);
  }
}
