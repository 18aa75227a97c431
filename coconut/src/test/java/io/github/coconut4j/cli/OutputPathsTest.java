package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.ProblemJson;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths that users name for output and that are no plain files or directories. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs pipes, links and devices")
class OutputPathsTest {

  @TempDir private Path directory;

  private static CommandLineRun generateData(Path out) {
    return CommandLineRun.of(
        "generate-data", "prosqa", "--count", "2", "--seed", "1", "--out", out.toString());
  }

  private Path pipe() throws IOException, InterruptedException {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  @Test
  void aLinkStaysAndItsTargetIsWritten() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("data.json"));

    for (int run = 0; run < 2; run++) { // first without a target
      assertThat(generateData(link).status()).isZero();
      assertThat(link).isSymbolicLink();
      assertThat(ProblemJson.read(directory.resolve("data.json"))).hasSize(2);
    }
  }

  @Test
  void aPipeTakesProblems() throws Exception {
    Path pipe = pipe();
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(pipe);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });

    assertThat(generateData(pipe).status()).isZero();

    assertThat(read.get(10, TimeUnit.SECONDS)).contains("\"question\"").endsWith("]\n");
    assertThat(Files.isRegularFile(pipe)).isFalse();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void devicesAreWrittenTo() {
    assertThat(generateData(Path.of("/dev/null")).status()).isZero();
    assertThat(Path.of("/dev/null"))
        .satisfies(null_ -> assertThat(Files.isRegularFile(null_)).isFalse());
    CommandLineRun full = generateData(Path.of("/dev/full")); // no fault of the arguments
    assertThat(full.status()).isEqualTo(1);
    assertThat(full.errors()).contains("/dev/full", "No space left on device").hasLineCount(1);
  }

  @Test
  void aDirectoryIsNoFile() {
    generateData(directory).assertRefused("" + directory, "a directory where a file is needed");
  }

  @Test
  void aRunMayBeBehindALink() throws IOException {
    Path real = Files.createDirectory(directory.resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);

    assertThat(train(link).status()).isZero();

    assertThat(link).isSymbolicLink();
    assertThat(real.resolve("model")).isDirectory();
    Path report = real.resolve("report.html");
    Path elsewhere = directory.resolve("elsewhere.html");
    Files.move(report, elsewhere);
    Files.createSymbolicLink(report, elsewhere);
    Files.writeString(elsewhere, "");

    assertThat(CommandLineRun.of("report", link.toString()).status()).isZero();

    assertThat(report).isSymbolicLink();
    assertThat(elsewhere).content().startsWith("<!DOCTYPE html>");
  }

  @Test
  void aRunNeedsADirectory() throws Exception {
    Path dangling = Files.createSymbolicLink(directory.resolve("link"), Path.of("missing"));
    train(dangling).assertRefused(dangling + " cannot be used", "missing, which is missing");
    Path pipe = pipe();
    train(pipe).assertRefused(pipe + " cannot be used: it is a file where a directory is needed");
    assertThat(Files.isRegularFile(pipe)).isFalse();
  }

  /** A file holds no run. */
  @Test
  void aRaceNeedsADirectory() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "mine");

    CommandLineRun.of("quickstart", "--out", file.toString())
        .assertRefused(file + " cannot be used: it is a file where a directory is needed");

    assertThat(file).hasContent("mine");
  }

  @Test
  void aModelThatIsThereIsNotReplaced() throws IOException {
    Path base = Files.createDirectory(directory.resolve("model"));
    Files.writeString(base.resolve("model.safetensors"), "a base model");

    train(directory).assertRefused("holds a directory `model`", "--force");

    assertThat(base.resolve("model.safetensors")).hasContent("a base model");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--resume", "--force"})
  void resultsOfAnotherCommandAreNotReplaced(String option) throws IOException {
    Path out = Files.createDirectory(directory.resolve("out"));
    Files.writeString(out.resolve("search.yaml"), "");

    train(out, option).assertRefused("holds a search (search.yaml)");

    assertThat(out).isDirectoryNotContaining("glob:**config.yaml");
  }

  /** The run writes its resolved configuration there, without comments. */
  @Test
  void aConfigurationThatIsThereIsKept() throws IOException {
    CommandLineRun run = train(directory);

    assertThat(run.status()).as(run.errors()).isZero();
    Path kept = directory.resolve("config.given.yaml");
    assertThat(kept).content().startsWith("# mine").contains("stage_steps: [1]");
    assertThat(directory.resolve("config.yaml"))
        .content()
        .contains("method: cot", "lr: ")
        .doesNotContain("# mine");

    FileUtils.deleteDirectory(directory.resolve("model").toFile());
    Files.delete(directory.resolve("metrics.jsonl"));
    train(directory).assertRefused("holds both config.yaml and that file");
    assertThat(kept).content().startsWith("# mine");
  }

  /** A search writes it before its candidate begins; a run may be killed right after. */
  @Test
  void aResolvedConfigurationIsReplaced() throws IOException {
    Path run = directory.resolve("run");
    assertThat(train(run).status()).isZero();
    FileUtils.deleteDirectory(run.resolve("model").toFile());
    Files.delete(run.resolve("metrics.jsonl"));

    CommandLineRun again = train(run);

    assertThat(again.status()).as(again.errors()).isZero();
    assertThat(run.resolve("config.given.yaml")).doesNotExist();
  }

  private CommandLineRun train(Path out, String... options) throws IOException {
    Path config = directory.resolve("config.yaml");
    Files.writeString(
        config,
        """
        # mine
        method: cot
        stage_steps: [1]
        n_embd: 16
        n_head: 2
        n_layer: 1
        train_path: prosqa:4:1:nodes=8,min_steps=2,max_steps=2
        """);
    return CommandLineRun.of(
        Stream.concat(
                Stream.of("train", "--config", config.toString(), "--out", out.toString()),
                Stream.of(options))
            .toArray(String[]::new));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void lostOutputIsNoSuccess() throws IOException {
    StringWriter errors = new StringWriter();
    int status;
    try (OutputStream full = new FileOutputStream("/dev/full")) {
      status =
          Main.run(
              new String[] {"evaluate", "--data", "prosqa:2:1", "--json"},
              new PrintWriter(full, true, StandardCharsets.UTF_8),
              new PrintWriter(errors, true));
    }

    assertThat(status).isEqualTo(1);
    assertThat(errors.toString()).contains("Standard output could not be written");
  }
}
