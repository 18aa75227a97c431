package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong options and input: status 2 and one message that says what to do, no stack trace. */
class BadInputTest {

  private static final Path FIXTURE =
      Path.of("../samediff-model/src/test/resources/fixtures/tiny-gpt2-a");

  @TempDir private Path directory;

  private static void assertRefused(CommandLineRun run, String... message) {
    run.assertRefused(message);
    assertThat(run.output()).isEmpty();
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  private Path config(String lines) throws IOException {
    return write(
        "config.yaml", "method: coconut\nn_embd: 16\nn_head: 2\ntrain_path: prosqa:8:1\n" + lines);
  }

  private CommandLineRun train(String lines) throws IOException {
    return CommandLineRun.of(
        "train",
        "--config",
        config(lines).toString(),
        "--out",
        directory.resolve("run").toString());
  }

  private Path modelCopy() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("model"));
    try (Stream<Path> files = Files.list(FIXTURE)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"question\": \"q\", \"steps\": []}]",
        "[{\"question\": 5, \"steps\": [], \"answer\": \"a\"}]",
        "{\"question\": \"q\"}",
        "[{\"question\": \"q\",",
        ""
      })
  void aMalformedProblem(String json) throws IOException {
    Path file = write("data.json", json);

    assertRefused(CommandLineRun.of("evaluate", "--data", file.toString()), "data.json");
  }

  /** Jackson also names its settings and the Java object it reads from. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"question\": \"q\"",
        "[{\"question\": \"q\"}",
        "[NaN]",
        "[[[[",
        "{} {}",
        "{\"a\": 1} // x"
      })
  void aFaultOfJsonIsSaidOfTheFile(String json) throws IOException {
    Path file = write("data.json", json);
    Path model = modelCopy();
    Files.writeString(model.resolve("config.json"), json.replace("[[[[", "[".repeat(2000)));

    for (CommandLineRun run :
        List.of(
            CommandLineRun.of("evaluate", "--data", file.toString()),
            CommandLineRun.of("generate", "--model", model.toString(), "--question", "1 + 1?"))) {
      assertRefused(run, ".json");
      assertThat(run.errors()).doesNotContain("Source", "StreamRead", "Feature");
    }
  }

  @Test
  void aMissingDataFile() {
    assertRefused(
        CommandLineRun.of("evaluate", "--data", "nowhere.json"), "nowhere.json", "does not exist");
  }

  @Test
  void anUnknownKey() throws IOException {
    assertRefused(train("epoch_per_stage: 2"), "`epoch_per_stage`", "`epochs_per_stage`");
  }

  /** A file of another kind is called by its name, not a key misspelt. */
  @Test
  void aFileOfAnotherCommand() throws IOException {
    String search = "../recipes/search-quick.yaml";
    Path model = Path.of("../models/prosqa-coconut");

    assertRefused(trainWith("../recipes/quickstart.yaml"), "a race", "`./coconut4j quickstart`");
    assertRefused(trainWith(search), "a search", "`./coconut4j tune --config FILE`");
    assertRefused(trainWith("" + model.resolve("config.json")), "config.json", "`model_id`");
    assertRefused(trainWith("" + model.resolve("coconut.json")), "coconut.json", "`model_id`");
    assertRefused(
        CommandLineRun.of("convert", "--from", "x", "--to", "y", "--training", search), "a search");
  }

  private static CommandLineRun trainWith(String file) {
    return CommandLineRun.of("train", "--config", file);
  }

  @Test
  void aTokenOutsideTheVocabulary() throws IOException {
    Path data =
        write(
            "data.json",
            "[{\"question\": \"What is 1 + 1?\", \"steps\": [\"add\"], \"answer\": \"2\"}]");

    assertRefused(train("val_path: " + data), "What");
    assertThat(directory.resolve("run").resolve("metrics.jsonl")).doesNotExist();
  }

  @Test
  void aSequenceLongerThanThePositionTable() throws IOException {
    assertRefused(train("n_positions: 20"), "20 positions", "`n_positions`");
  }

  @Test
  void aTruncatedSafetensorsFile() throws IOException {
    Path model = modelCopy();
    Path weights = model.resolve("model.safetensors");
    Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 5000));

    assertRefused(CommandLineRun.of("parity", "--fixture", model.toString()), "model.safetensors");
  }

  @Test
  void aMistypedSafetensorsFile() throws IOException {
    Path model = modelCopy();
    Files.writeString(model.resolve("model.safetensors"), "PK\u0003\u0004 not safetensors at all");

    assertRefused(CommandLineRun.of("parity", "--fixture", model.toString()), "model.safetensors");
  }

  @Test
  void aModelOfAnotherArchitecture() throws IOException {
    Path model = modelCopy();
    Path config = model.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"gpt2\"", "\"gpt_neox\""));

    assertRefused(
        CommandLineRun.of("generate", "--model", model.toString(), "--question", "q"),
        "model_type",
        "gpt_neox");
  }

  @Test
  void aDirectoryThatCannotBeWritten() throws IOException {
    Path file = write("file", "in the way");

    CommandLineRun run =
        CommandLineRun.of(
            "train", "--config", config("").toString(), "--out", file.resolve("run").toString());

    assertRefused(run, "file");
  }

  @Test
  void aPickledModel() throws IOException {
    assertRefused(train("model_id: checkpoint_6.pt"), "checkpoint_6.pt", "safetensors");
    assertRefused(train("model_id: checkpoint_6.pkl"), "checkpoint_6.pkl", "can run code");
  }

  @Test
  void theTrainingUi() throws IOException {
    CommandLineRun run =
        CommandLineRun.of("train", "--config", config("").toString(), "--ui", "9000");

    assertRefused(run, "--ui", "every network interface", "--serve PORT", "UIListener");
  }

  @Test
  void aPageWithoutItsModuleOrOfNoPort() throws IOException {
    String file = config("").toString();

    assertRefused(
        CommandLineRun.of("train", "--config", file, "--out", file + "-run", "--serve", "0"),
        "--serve",
        "coconut-serve");
    assertRefused(
        CommandLineRun.of("train", "--config", file, "--out", file + "-run", "--serve", "70000"),
        "--serve",
        "65535");
  }

  @Test
  void aClusterWithoutItsModule() throws IOException {
    String file = config("").toString();

    assertRefused(
        CommandLineRun.of("train", "--config", file, "--out", file + "-run", "--spark", "local"),
        "--spark",
        "coconut-spark");
  }

  @Test
  void aModelThatIsNoDirectory() throws IOException {
    assertRefused(train("model_id: openai-community/gpt2"), "openai-community/gpt2", "Download");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train",
        "trian --config x",
        "evaluate --data prosqa:5:1 --limit 0",
        "evaluate --data prosqa:5:1 --halt confidence",
        "evaluate --data prosqa:5:1 --latents 3",
        "evaluate --data prosqa:5:1 --loop fused",
        "evaluate --data prosqa:5:1:nodes=x",
        "evaluate --data prosqa:5:1 --batch 0",
        "generate --model m",
        "generate --model m --question q --data d",
        "generate --model ../models/prosqa-coconut --question=",
        "generate --model m --question q --top-p 2",
        "generate --model m --question q --top-p 0 --temperature 0",
        "generate --model m --question q --temperature NaN",
        "generate --model m --question q --temperature Infinity",
        "generate --model m --question q --latents -1",
        "generate --model m --question q --max-new-tokens 0",
        "analyze --model m --out o",
        "analyze --model m --out o --data prosqa:5:1 --limit 0",
        "analyze --model m --out o --data prosqa:5:1 --causal-problems 1",
        "analyze --model m --out o --data prosqa:5:1 --max-latents 0",
        "generate-data prosqa --count 0 --seed 1 --out x.json",
        "generate-data prosqa --count 5 --seed 1 --out x.json --nodes 2",
        "generate-data prontoqa --count 5 --seed 1 --out x.json --nodes 9",
        "generate-data sudoku --count 5 --seed 1 --out x.json",
        "parity --fixture nowhere --json",
        "parity --fixture nowhere --loop magic",
        "report nowhere",
        "train --config nowhere.yaml",
        "--nonsense"
      })
  void wrongOptions(String line) {
    assertRefused(CommandLineRun.of(line.split(" ")), "coconut4j: ");
  }

  @Test
  void verboseShowsTheStackTrace() {
    CommandLineRun run = CommandLineRun.of("report", "nowhere", "--verbose");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("\tat io.github.coconut4j");
  }

  @Test
  void anExclusionThatCannotBeMade() throws IOException {
    Path file = write("gsm.json", "[{\"question\": \"1 + 1?\", \"steps\": [], \"answer\": \"2\"}]");
    String out = directory.resolve("out.json").toString();
    String[] arguments = {
      "generate-data", "prosqa", "--count", "1", "--seed", "1", "--out", out, "--exclude", "" + file
    };

    assertRefused(CommandLineRun.of(arguments), file + ", problem 0", "1 + 1?");
    arguments[1] = "prontoqa";
    assertRefused(CommandLineRun.of(arguments), "--exclude", "prontoqa");
    assertThat(directory.resolve("out.json")).doesNotExist();
  }

  /** Also with --force, which for a resumed run only allows other data. */
  @ParameterizedTest
  @ValueSource(strings = {"--resume", "--resume --force"})
  void aTrainedRunWithoutCheckpoints(String options) throws IOException {
    Path run = directory.resolve("run");
    Path weights = Files.createDirectories(run.resolve("model")).resolve("model.safetensors");
    Files.writeString(weights, "trained");

    String[] command = {"train", "--config", config("").toString(), "--out", run.toString()};
    assertRefused(
        CommandLineRun.of(
            Stream.concat(Arrays.stream(command), Arrays.stream(options.split(" ")))
                .toArray(String[]::new)),
        "holds a trained model and no checkpoint",
        "--force instead of --resume");
    assertThat(weights).hasContent("trained");
  }

  @Test
  void aDamagedRun() throws IOException {
    Path run = Files.createDirectory(directory.resolve("run"));
    Files.writeString(run.resolve("config.yaml"), "method: coconut\n");
    Files.writeString(run.resolve("metrics.jsonl"), "{\"step\": 1}\n{\"step\": oops}\n");

    assertRefused(
        CommandLineRun.of("report", run.toString()), "Line 2 of", "metrics.jsonl", "oops");
  }
}
