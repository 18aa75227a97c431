package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.ProblemJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SMALL = ":nodes=8,min_steps=2,max_steps=2,max_facts=9";

  @TempDir private Path directory;

  private static List<String> keys(String line) throws IOException {
    List<String> keys = new ArrayList<>();
    JSON.readTree(line).fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private Path config(String... lines) throws IOException {
    Path file = directory.resolve("config.yaml");
    Files.write(
        file,
        List.of(
            "coconut: True",
            "max_latent_stage: 2",
            "stage_steps: [2, 1, 2]",
            "train_path: prosqa:12:2" + SMALL,
            "val_path: prosqa:4:1" + SMALL,
            "n_embd: 16",
            "n_head: 2",
            "n_positions: 64",
            "max_new_tokens: 6",
            "batch_size_training: 4",
            String.join("\n", lines)));
    return file;
  }

  @Test
  void withoutCommandTheCommandsAreListed() {
    CommandLineRun run = CommandLineRun.of();

    assertThat(run.status()).isZero();
    assertThat(run.output())
        .contains("quickstart", "generate-data", "train", "race", "evaluate", "generate", "parity");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart",
        "generate-data",
        "train",
        "race",
        "evaluate",
        "generate",
        "analyze",
        "audit",
        "convert",
        "average",
        "export",
        "parity",
        "report"
      })
  void everyCommandHasHelp(String command) {
    CommandLineRun run = CommandLineRun.of(command, "--help");

    assertThat(run.status()).isZero();
    assertThat(run.output()).contains("Usage: coconut4j " + command);
  }

  @Test
  void generateDataLeavesOutTheExcluded() throws IOException {
    Path first = directory.resolve("first.json");
    Path second = directory.resolve("second.json");
    String[] make = {
      "generate-data",
      "prosqa",
      "--count",
      "20",
      "--seed",
      "4",
      "--nodes",
      "10",
      "--min-steps",
      "1",
      "--max-steps",
      "3",
      "--balanced",
      "--out"
    };

    assertThat(CommandLineRun.of(with(make, first.toString())).status()).isZero();
    assertThat(
            CommandLineRun.of(with(make, second.toString(), "--exclude", first.toString()))
                .status())
        .isZero();

    assertThat(ProblemJson.read(first)).hasSize(20);
    assertThat(ProblemJson.read(second))
        .hasSize(20)
        .doesNotContainAnyElementsOf(ProblemJson.read(first));
  }

  private static String[] with(String[] arguments, String... more) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void trainsEvaluatesGeneratesAndReports() throws IOException {
    String out = directory.resolve("run").toString();
    String model = out + "/model";
    String config = config().toString();

    CommandLineRun train = CommandLineRun.of("train", "--config", config, "--out", out, "--json");

    assertThat(train.status()).as(train.errors()).isZero();
    assertThat(keys(train.lines().get(0)))
        .containsExactly(
            "step", "epoch", "stage", "loss", "lr", "grad_norm", "tokens_per_second", "time");
    assertThat(train.lines()).isEqualTo(Files.readAllLines(directory.resolve("run/metrics.jsonl")));
    assertThat(Path.of(model))
        .isDirectoryContaining("glob:**/coconut.json")
        .isDirectoryContaining("glob:**/model.safetensors");
    assertThat(Files.readString(directory.resolve("run/report.html")))
        .contains("data:image/svg+xml;base64,")
        .doesNotContain("src=\"http", "href=\"http");

    assertEvaluates(model);
    assertGenerates(model);
    assertThat(CommandLineRun.of("report", out).status()).isZero();
  }

  private static void assertEvaluates(String model) throws IOException {
    CommandLineRun evaluate =
        CommandLineRun.of("evaluate", "--model", model, "--data", "prosqa:4:1" + SMALL, "--json");

    assertThat(evaluate.status()).as(evaluate.errors()).isZero();
    JsonNode scores = JSON.readTree(evaluate.output());
    assertThat(scores.get("latents").asInt()).isEqualTo(2);
    assertThat(scores.get("mean_latents").asDouble()).isEqualTo(2);
    assertThat(scores.get("problems").asInt()).isEqualTo(4);
    assertThat(scores.get("accuracy").asDouble()).isBetween(0.0, 1.0);
    assertThat(scores.get("mean_tokens").asDouble()).isGreaterThanOrEqualTo(2);
    assertThat(keys(scores.get("by_steps").get(0).toString()))
        .containsExactly("steps", "problems", "correct", "accuracy", "interval");
    assertThat(scores.get("by_steps").findValues("problems"))
        .extracting(JsonNode::asInt)
        .satisfies(counts -> assertThat(counts.stream().mapToInt(n -> n).sum()).isEqualTo(4));
    assertThat(keys(scores.get("confusion").toString())).containsExactly("labels", "counts", "f1");
    assertThat(scores.at("/confusion/labels").toString())
        .isEqualTo("[\"first\",\"second\",\"neither\"]");
    assertThat(keys(scores.get("baselines").toString()))
        .containsExactly("deeper_option", "fewer_incoming");
    assertThat(
            CommandLineRun.of("evaluate", "--model", model, "--data", "prosqa:4:1" + SMALL)
                .output())
        .contains("options named, F1 ", "right option", "neither");
  }

  private static void assertGenerates(String model) throws IOException {
    CommandLineRun generate =
        CommandLineRun.of(
            "generate",
            "--model",
            model,
            "--data",
            "prosqa:3:1" + SMALL,
            "--latents",
            "1",
            "--max-new-tokens",
            "4",
            "--json");

    assertThat(generate.status()).as(generate.errors()).isZero();
    assertThat(generate.lines()).hasSize(3);
    assertThat(keys(generate.lines().get(0)))
        .containsExactly("question", "latents", "output", "answer", "tokens");
    assertThat(JSON.readTree(generate.lines().get(0)).get("latents").asInt()).isEqualTo(1);
  }

  @Test
  void aRunIsNotOverwrittenUnasked() throws IOException {
    String[] train = {
      "train",
      "--config",
      config().toString(),
      "--out",
      directory.resolve("run").toString(),
      "--set",
      "max_steps=1"
    };

    assertThat(CommandLineRun.of(train).status()).isZero();
    CommandLineRun again = CommandLineRun.of(train);

    assertThat(again.status()).isEqualTo(2);
    assertThat(again.errors()).contains("holds a run already", "--resume", "--force");
    assertThat(CommandLineRun.of(with(train, "--force")).status()).isZero();
  }

  @Test
  void evaluatePrintsTheBaselinesWithoutAModel() throws IOException {
    CommandLineRun run =
        CommandLineRun.of("evaluate", "--data", "prosqa-balanced:50:1" + SMALL, "--json");

    JsonNode scores = JSON.readTree(run.output());
    assertThat(scores.get("model").isNull()).isTrue();
    assertThat(scores.get("accuracy").isNull()).isTrue();
    assertThat(scores.get("by_steps").isNull()).isTrue();
    assertThat(scores.get("confusion").isNull()).isTrue();
    assertThat(scores.get("baselines").get("deeper_option").asDouble()).isEqualTo(0.5);
  }

  @Test
  void evaluateSaysWhyNothingIsScored() {
    CommandLineRun run = CommandLineRun.of("evaluate", "--data", "prontoqa:2:1");

    assertThat(run.lines()).hasSize(2);
    assertThat(run.output()).contains("2 problems", "Nothing is scored", "--model", "graph");
  }

  @Test
  void aRunWithoutProblemsToEvaluateOnSaysWhereItsModelIs() throws IOException {
    Path run = directory.resolve("run");
    String[] train = {
      "train", "--config", config().toString(), "--out", run.toString(), "--set", "val_path=null"
    };

    assertThat(CommandLineRun.of(train).lines())
        .containsExactly(
            "Wrote " + run.resolve("model") + ". It is not evaluated, as `val_path` is not set.");
    assertThat(CommandLineRun.of(with(train, "--force", "--json")).output())
        .doesNotContain("Wrote");
  }

  @Test
  void aDivergedLossIsAFailureThatSaysWhatToDo() throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
            "train",
            "--config",
            config().toString(),
            "--out",
            directory.resolve("run").toString(),
            "--set",
            "lr=1.0e+30");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).contains("Training stopped at step", "learning rate", "Lower `lr`");
  }
}
