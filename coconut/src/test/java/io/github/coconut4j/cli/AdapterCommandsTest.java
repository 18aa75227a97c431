package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters on the command line, from a base to its merged model. */
class AdapterCommandsTest {

  private static final String DATA =
      "prosqa:6:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  @TempDir private Path directory;

  private Path config;
  private Path base;

  @BeforeEach
  void trainBase() throws IOException {
    config = directory.resolve("config.yaml");
    Files.writeString(
        config,
        """
        method: coconut
        n_layer: 1
        n_embd: 16
        n_head: 2
        n_positions: 64
        max_latent_stage: 1
        stage_steps: [1, 1]
        batch_size_training: 4
        max_new_tokens: 6
        initializer_range: 0.2
        lr: 0.05
        train_path: %s
        val_path: %s
        """
            .formatted(DATA, DATA));
    assertThat(train("base").status()).isZero();
    base = directory.resolve("base/model");
  }

  private CommandLineRun train(String name, String... settings) {
    return CommandLineRun.of(
        Stream.concat(
                Stream.of("train", "--config", "" + config, "--out", "" + directory.resolve(name)),
                Stream.of(settings).flatMap(setting -> Stream.of("--set", setting)))
            .toArray(String[]::new));
  }

  private CommandLineRun trainAdapter() {
    return train("lora", "model_id=" + base, "lora.r=2", "lora.lora_alpha=16", "lr=0.1");
  }

  private static List<String> answers(String... options) {
    CommandLineRun run =
        CommandLineRun.of(
            Stream.concat(
                    Stream.of("generate", "--data", DATA, "--max-new-tokens", "6"),
                    Stream.of(options))
                .toArray(String[]::new));
    assertThat(run.status()).as(run.errors()).isZero();
    return run.lines();
  }

  @Test
  void anAdapterAnswersBesideItsBaseAndMerged() throws IOException {
    assertThat(trainAdapter().status()).isZero();
    Path adapter = directory.resolve("lora/model");
    Path merged = directory.resolve("merged");
    List<String> expected = answers("--model", "" + adapter);
    assertThat(answers("--model", "" + base, "--adapter", "" + adapter)).isEqualTo(expected);
    CommandLineRun run =
        CommandLineRun.of(
            "convert", "--merge", "--from", "" + adapter, "--base", "" + base, "--to", "" + merged);
    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(answers("--model", "" + merged)).isEqualTo(expected);
    for (String model : List.of(base + "", adapter + "")) {
      CommandLineRun scored =
          CommandLineRun.of(
              "evaluate", "--model", model, "--adapter", "" + adapter, "--data", DATA, "--json");
      if (model.equals("" + base)) {
        JsonNode line = new JsonMapper().readTree(scored.output());
        assertThat(line.get("accuracy").isNumber()).isTrue();
      } else { // an adapter is no base
        assertRefused(scored, "config.json");
      }
    }
  }

  @Test
  void aBaseIsAveragedWithAMergedAdapter() {
    assertThat(trainAdapter().status()).isZero();
    String adapter = directory.resolve("lora/model") + "";
    String merged = directory.resolve("merged") + "";
    String[] to = {"--to", directory.resolve("average") + ""};
    assertThat(CommandLineRun.of("convert", "--merge", "--from", adapter, "--to", merged).status())
        .isZero();

    assertRefused(
        CommandLineRun.of("average", "--model", base + "", adapter, to[0], to[1]),
        "must have all its weights to be averaged, but found an adapter. Merge it");
    CommandLineRun run = CommandLineRun.of("average", "--model", base + "", merged, to[0], to[1]);
    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(run.errors()).contains("Wrote the average of 2 models");
    assertThat(answers("--model", to[1])).isNotEmpty();
    assertRefused(
        CommandLineRun.of("average", "--model", base + "", merged, to[0], to[1]),
        "--to needs a directory that is not there yet");
  }

  @Test
  void anAdaptersThoughtsAreAnalyzed() {
    assertThat(trainAdapter().status()).isZero();
    CommandLineRun run =
        CommandLineRun.of(
            "analyze",
            "--model",
            "" + base,
            "--adapter",
            "" + directory.resolve("lora/model"),
            "--data",
            DATA,
            "--limit",
            "2",
            "--max-new-tokens",
            "4",
            "--out",
            "" + directory.resolve("analysis"));
    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(directory.resolve("analysis/analysis.json")).exists();
  }

  private static void assertRefused(CommandLineRun run, String message) {
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors().lines().filter(line -> line.startsWith("coconut4j:")))
        .singleElement()
        .asString()
        .contains(message);
    assertThat(run.errors()).doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora.target_modules=[q_proj] | q_proj is none of its modules",
        "lora.dropout=1 | `lora.dropout` needs a probability",
        "lora.rank=4 | lora.rank",
        "frozen=[h.0.attn] | `frozen` needs modules that no adapter",
        "frozen=[h.9] | `h.9`",
      })
  void settingsThatDoNotFitAreRefused(String setting, String message) {
    assertRefused(train("refused", "model_id=" + base, "lora.r=2", setting), message);
  }

  @Test
  void anAdapterOfAnotherBaseIsRefused() throws IOException {
    assertThat(trainAdapter().status()).isZero();
    Path adapter = directory.resolve("lora/model");
    assertThat(train("other", "seed=9").status()).isZero();
    assertRefused(
        CommandLineRun.of(
            "generate",
            "--model",
            "" + directory.resolve("other/model"),
            "--adapter",
            "" + adapter,
            "--question",
            "x"),
        "SHA-256");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--heads=2", "--config=."})
  void mergingTakesNoOptionsOfACheckpoint(String option) {
    assertRefused(
        CommandLineRun.of("convert", "--merge", "--from", "" + base, "--to", "x", option),
        "--merge");
  }

  @Test
  void whatIsNoAdapterIsNotMerged() {
    assertRefused(
        CommandLineRun.of(
            "convert", "--merge", "--from", "" + base, "--to", "" + directory.resolve("m")),
        "adapter_config.json");
    assertRefused(
        CommandLineRun.of(
            "convert",
            "--base",
            "" + base,
            "--from",
            "" + base,
            "--to",
            "" + directory.resolve("m")),
        "--merge");
  }
}
