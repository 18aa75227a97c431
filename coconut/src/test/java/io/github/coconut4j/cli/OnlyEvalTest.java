package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code only_eval}: the stage that a model is asked in, and what is written of it. */
class OnlyEvalTest {

  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private static final Path MODEL = Path.of("../models/prosqa-coconut");

  private static final Path PROBLEMS =
      Path.of("../data/src/test/resources/prosqa/prosqa_valid.json");

  /** The published implementation's file for the evaluation of Coconut on ProsQA. */
  private static final String PUBLISHED =
      """
      project: coconut
      save_path: YOUR_PATH_TO_SAVE_THE_MODEL
      name: prosqa-coconut-eval
      only_eval: True
      coconut: True
      cot: False
      no_thoughts: False
      no_cot: False
      c_thought: 1
      epochs_per_stage: 5
      max_latent_stage: 6
      pad_latent_to_max: True
      save_only_improve: True
      uniform_prob: 0.0
      model_id: openai-community/gpt2
      load_model_path: YOUR_PATH_TO_COCONUT_CHECKPOINT
      seed: 0
      resume: 40
      bf16: False
      train_path: data/prosqa_train.json
      val_path: data/prosqa_test.json
      reset_optimizer: True
      batch_size_training: 32
      debug: False
      gradient_accumulation_steps: 1
      num_epochs: 50
      lr: !!float "1e-4"
      weight_decay: 0.01
      """;

  @TempDir private Path directory;

  private static CommandLineRun done(CommandLineRun run) {
    assertThat(run.status()).as(run.errors()).isZero();
    return run;
  }

  private Path problems(int count) throws IOException {
    ArrayNode few = JSON.createArrayNode();
    for (JsonNode problem : JSON.readTree(Files.readAllBytes(PROBLEMS))) {
      if (few.size() < count) {
        few.add(problem);
      }
    }
    return Files.write(directory.resolve("problems.json"), JSON.writeValueAsBytes(few));
  }

  private CommandLineRun onlyEval(Path model, Path data, String... settings) throws IOException {
    Path config = Files.writeString(directory.resolve("eval.yaml"), PUBLISHED);
    List<String> arguments =
        new ArrayList<>(
            List.of("train", "--config", config.toString(), "--out", out().toString(), "--json"));
    Stream.concat(Stream.of("load_model_path=" + model, "val_path=" + data), Stream.of(settings))
        .forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  private Path out() {
    return directory.resolve("eval");
  }

  private static JsonNode evaluate(Path model, Path data, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("evaluate", "--json"));
    arguments.addAll(List.of("--model", model.toString(), "--data", data.toString()));
    arguments.addAll(List.of(options));
    return JSON.readTree(done(CommandLineRun.of(arguments.toArray(String[]::new))).output());
  }

  private void assertSame(JsonNode line, JsonNode evaluated) throws IOException {
    assertThat(line.get("eval_accuracy")).isEqualTo(evaluated.get("accuracy"));
    assertThat(line.get("eval_chain_match")).isEqualTo(evaluated.get("chain_match"));
    assertThat(line.get("eval_mean_tokens")).isEqualTo(evaluated.get("mean_tokens"));
    JsonNode summary = JSON.readTree(Files.readAllBytes(out().resolve("evaluation.json")));
    assertThat(summary.get("accuracy")).isEqualTo(line.get("eval_accuracy"));
    assertThat(summary.get("loss")).isEqualTo(line.get("eval_loss"));
  }

  @Test
  void thePublishedFileGivesWhatEvaluateGives() throws IOException {
    Path data = problems(24);

    CommandLineRun run = done(onlyEval(MODEL, data));

    assertThat(run.lines()).hasSize(1);
    assertThat(Files.readAllLines(out().resolve("metrics.jsonl"))).isEqualTo(run.lines());
    JsonNode line = JSON.readTree(run.output());
    assertThat(line.fieldNames())
        .toIterable()
        .containsExactly(
            "step",
            "epoch",
            "stage",
            "eval_accuracy",
            "eval_chain_match",
            "eval_mean_tokens",
            "eval_loss",
            "time");
    assertThat(line.get("step").asInt()).isZero();
    assertThat(line.get("epoch").asInt()).isEqualTo(40);
    assertThat(line.get("stage").asInt()).isEqualTo(8);
    assertThat(line.get("eval_accuracy").asDouble()).isGreaterThan(0.9);
    assertThat(line.get("eval_loss").asDouble()).isLessThan(0.1);
    assertSame(line, evaluate(MODEL, data));
    assertThat(out().resolve("model")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resume=0 | 0 | 0",
        "resume=4 | 0 | 0",
        "resume=5 | 1 | 1",
        "resume=29 | 5 | 5",
        "resume=400 num_epochs=1 | 80 | 6",
        "resume=None | 7 | 6",
        "resume=null num_epochs=None | 7 | 6",
        "resume=0 eval_latents=3 | 0 | 3",
        "resume=40 eval_latents=0 | 8 | 0",
        "resume=10 c_thought=2 | 2 | 4",
        "resume=40 max_latent_stage=2 | 8 | 2",
        "resume=6 epochs_per_stage=2 stage_steps=[1,1] | 3 | 3",
        "resume=6 epochs_per_stage=2 stage_steps=[4,4] cycles=[0.5,1] max_steps=1 | 3 | 3",
        "resume=0 curriculum=false | 7 | 6",
      })
  void theStageFollowsFromWhatIsGiven(String settings, int stage, int latents) throws IOException {
    Path data = problems(4);

    CommandLineRun run = done(onlyEval(MODEL, data, settings.split(" ")));

    JsonNode line = JSON.readTree(run.output());
    assertThat(line.get("stage").asInt()).isEqualTo(stage);
    assertSame(line, evaluate(MODEL, data, "--latents", String.valueOf(latents)));
  }

  @Test
  void withoutCoconutJsonTheStageIsTheFirst() throws IOException {
    Path model = Files.createDirectory(directory.resolve("plain"));
    try (Stream<Path> files = Files.list(MODEL)) {
      for (Path file : files.filter(path -> !path.endsWith("coconut.json")).toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }

    CommandLineRun run = done(onlyEval(model, problems(2), "resume=None"));

    assertThat(JSON.readTree(run.output()).get("stage").asInt()).isZero();
    assertThat(JSON.readTree(run.output()).get("epoch").asInt()).isZero();
  }

  @Test
  void eachEvaluationAddsALine() throws IOException {
    Path data = problems(2);
    List<String> lines = new ArrayList<>(done(onlyEval(MODEL, data)).lines());

    lines.addAll(done(onlyEval(MODEL, data, "resume=0")).lines());

    assertThat(Files.readAllLines(out().resolve("metrics.jsonl"))).isEqualTo(lines).hasSize(2);
  }

  /** A run of six epochs, a stage each; the last evaluation is past the last stage. */
  private Path trained(String method) throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("train.yaml"),
            """
            method: %s
            n_layer: 1
            n_embd: 16
            n_head: 2
            initializer_range: 0.2
            c_thought: 2
            max_latent_stage: 2
            pad_latent_to_max: false
            icot_tokens_per_epoch: 1
            epochs_per_stage: 1
            num_epochs: 6
            checkpoint_every_steps: 2
            max_new_tokens: 8
            train_path: prosqa:8:1:nodes=8,min_steps=1,max_steps=3
            val_path: prosqa:8:2:nodes=8,min_steps=1,max_steps=3
            """
                .formatted(method));
    Path out = directory.resolve("run");
    done(CommandLineRun.of("train", "--config", config.toString(), "--out", out.toString()));
    return out;
  }

  private static CommandLineRun again(Path run, Path out, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "--json"));
    arguments.addAll(List.of("--config", run.resolve("config.yaml").toString()));
    arguments.addAll(List.of("--out", out.toString()));
    for (String setting :
        List.of("only_eval=true", "resume=5", "load_model_path=" + run.resolve("model"))) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of(more));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"coconut", "cot", "no_cot", "no_thoughts", "icot", "pause", "pause_as_thought"})
  void givesTheLastEvaluationOfTheTrainingAgain(String method) throws IOException {
    Path run = trained(method);
    List<String> metrics = Files.readAllLines(run.resolve("metrics.jsonl"));
    JsonNode last = JSON.readTree(metrics.get(metrics.size() - 1));

    JsonNode line = JSON.readTree(done(again(run, out())).output());

    for (String key :
        List.of("epoch", "stage", "eval_accuracy", "eval_chain_match", "eval_mean_tokens")) {
      assertThat(line.get(key)).as(key).isEqualTo(last.get(key));
    }
    assertThat(line.get("eval_loss").asDouble()).isEqualTo(last.get("eval_loss").asDouble());
  }

  @Test
  void aTrainedRunLosesNothing() throws IOException {
    Path run = trained("coconut");
    List<String> metrics = Files.readAllLines(run.resolve("metrics.jsonl"));
    String config = Files.readString(run.resolve("config.yaml"));
    String evaluation = Files.readString(run.resolve("evaluation.json"));

    CommandLineRun refused = again(run, run);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.errors()).contains("holds a trained run", "--out", "--force");
    assertThat(run.resolve("evaluation.json")).hasContent(evaluation);

    String line = done(again(run, run, "--force")).output();

    metrics.add(line.strip());
    assertThat(Files.readAllLines(run.resolve("metrics.jsonl"))).isEqualTo(metrics);
    assertThat(run.resolve("config.yaml")).hasContent(config);
    assertThat(run.resolve("checkpoints/step-6")).exists();
    assertThat(run.resolve("model/model.safetensors")).exists();
  }
}
