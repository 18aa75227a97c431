package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.ProblemJson;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users name for input: pipes, devices, texts that begin like something else. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs pipes and devices")
class InputPathsTest {

  private static final String MODEL = "../models/prosqa-coconut";

  private static final String CONFIG =
      """
      method: cot
      stage_steps: [1]
      n_embd: 16
      n_head: 2
      n_layer: 1
      train_path: prosqa:4:1:nodes=8,min_steps=2,max_steps=2
      """;

  @TempDir private Path directory;

  /** A pipe out of which a text comes once. */
  private Path pipe(String content) throws IOException, InterruptedException {
    Path pipe = directory.resolve("pipe" + content.hashCode());
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Thread writer =
        new Thread(
            () -> {
              try {
                Files.writeString(pipe, content);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    writer.setDaemon(true); // it waits for a reader
    writer.start();
    return pipe;
  }

  /** Such as a model's weights, which would fill the memory before they are found to be no YAML. */
  @Test
  void aConfigurationThatIsFarTooLongIsRefused() throws Exception {
    Path weights = directory.resolve("model.safetensors");
    try (RandomAccessFile sparse = new RandomAccessFile(weights.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    Path pipe = pipe("#".repeat(1 << 20) + "\n");

    CommandLineRun.of("train", "--config", weights.toString())
        .assertRefused("model.safetensors", "at most 1048576 bytes but has 3221225472. Check");
    CommandLineRun.of("race", "--config", pipe.toString())
        .assertRefused(pipe.toString(), "but has 1048577");
  }

  private String problems() throws IOException {
    Path file = directory.resolve("problems.json");
    CommandLineRun.of(
        "generate-data", "prosqa", "--count", "3", "--seed", "1", "--out", file.toString());
    return Files.readString(file);
  }

  @Test
  void dataMayComeOutOfAPipe() throws Exception {
    String array = problems();
    Path other = directory.resolve("other.json");

    CommandLineRun evaluated =
        CommandLineRun.of("evaluate", "--data", pipe(array).toString(), "--json");
    CommandLineRun excluded =
        CommandLineRun.of(
            "generate-data",
            "prosqa",
            "--count=3",
            "--seed=1",
            "--out=" + other,
            "--exclude=" + pipe(array + " "));

    assertThat(evaluated.status()).as(evaluated.errors()).isZero();
    assertThat(evaluated.output()).contains("\"problems\":3");
    assertThat(excluded.status()).as(excluded.errors()).isZero();
    assertThat(ProblemJson.read(other))
        .doesNotContainAnyElementsOf(ProblemJson.read(directory.resolve("problems.json")));
  }

  /** Standard input of a process, and what a shell makes of {@code <(…)}. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void dataMayBeStandardInput() throws Exception {
    Path file = directory.resolve("piped.json");
    Files.writeString(file, problems());
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command =
        "'%s' -XX:TieredStopAtLevel=1 -cp '%s' %s evaluate --json --data "
            .formatted(java, System.getProperty("java.class.path"), Main.class.getName());
    Process process =
        new ProcessBuilder("sh", "-c", "cat '" + file + "' | " + command + "/dev/stdin")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    assertThat(output).contains("\"problems\":3");
  }

  @Test
  void aConfigurationMayComeOutOfAPipe() throws Exception {
    CommandLineRun run =
        CommandLineRun.of(
            "train",
            "--config",
            pipe("\ufeff" + CONFIG).toString(),
            "--out",
            directory.resolve("run").toString());

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(directory.resolve("run").resolve("model")).isDirectory();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatIsNoFileIsCalledWhatItIs() throws IOException {
    CommandLineRun.of("evaluate", "--data", "/dev/zero").assertRefused("/dev/zero", "is a device");
    train("/dev/zero").assertRefused("The configuration /dev/zero", "is a device");
    train(directory.toString()).assertRefused("The configuration " + directory, "is a directory");
    Path empty = Files.createFile(directory.resolve("empty"));
    train(empty.toString()).assertRefused(empty.toString(), "empty");
    CommandLineRun.of("evaluate", "--data", "" + empty).assertRefused("found an empty file");
    Path utf16 = directory.resolve("utf16.yaml");
    Files.write(utf16, ("\ufeff" + CONFIG).getBytes(StandardCharsets.UTF_16LE));
    train(utf16.toString()).assertRefused("utf16.yaml", "UTF-16", "convert it");
  }

  private CommandLineRun train(String config) {
    return CommandLineRun.of(
        "train", "--config", config, "--out", directory.resolve("run").toString());
  }

  /**
   * A copy of a cache whose files are links. Without coconut.json another model would be opened.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "coconut.json",
        "generation_config.json",
        "tokenizer_config.json",
        "added_tokens.json",
        "halt.safetensors",
        "adapter_config.json"
      })
  void aLinkToNothingInAModelDirectoryIsNamed(String name) throws IOException {
    Path model = Files.createDirectory(directory.resolve("model"));
    try (Stream<Path> files = Files.list(Path.of(MODEL))) {
      for (Path file : files.filter(each -> !each.endsWith(name)).toList()) {
        Files.createSymbolicLink(model.resolve(file.getFileName()), file.toAbsolutePath());
      }
    }
    Files.createSymbolicLink(model.resolve(name), Path.of("blobs", "gone"));

    CommandLineRun.of("evaluate", "--model=" + model, "--data=prosqa:4:1")
        .assertRefused(model.resolve(name).toString(), "link to a file that does not exist");
  }

  /** The vocabulary has none of these; so the message shows what arrived. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "@FILE",
        "${user.home}",
        "${sys:user.home}",
        "\"quoted\"",
        "-5 + 3",
        "-hello?",
        "-V?"
      })
  void questionsAreTakenAsTheyAre(String question) throws IOException {
    Path file = Files.writeString(directory.resolve("args.txt"), "--version\n");
    String asked = question.replace("FILE", file.toString());

    CommandLineRun run =
        question.startsWith("-")
            ? CommandLineRun.of("generate", "--model", MODEL, "--question=" + asked)
            : CommandLineRun.of("generate", "--model", MODEL, "--question", asked);

    run.assertRefused("found '" + asked + "'");
    CommandLineRun.of("evaluate", "--data", "@" + file).assertRefused("@" + file, "not exist");
  }
}
