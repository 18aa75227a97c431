package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Models, data and argument files that come from elsewhere, through the command line. */
class ForeignModelsTest {

  private static final Path GSM8K =
      Path.of("../data/src/test/resources/gsm8k/gsm8k_icot_valid.txt");

  /** The published implementation's file for Coconut on GSM8K, key by key. */
  private static final String PUBLISHED =
      """
      project: coconut
      save_path: YOUR_PATH_TO_SAVE_THE_MODEL
      name: gsm-coconut
      only_eval: False
      coconut: True
      cot: False
      no_thoughts: False
      no_cot: False
      c_thought: 2
      epochs_per_stage: 3
      max_latent_stage: 3
      pad_latent_to_max: True
      save_only_improve: False
      uniform_prob: 0.0
      model_id: openai-community/gpt2
      load_model_path: YOUR_PATH_TO_COT_MODEL
      seed: 0
      resume: 3
      bf16: False
      train_path: data/gsm_train.json
      val_path: data/gsm_valid.json
      reset_optimizer: True
      batch_size_training: 32
      debug: False
      gradient_accumulation_steps: 1
      num_epochs: 25
      lr: !!float "1e-4"
      weight_decay: 0.01
      """;

  @TempDir private Path directory;

  private static CommandLineRun run(Object... arguments) {
    List<String> texts = new ArrayList<>();
    for (Object argument : arguments) {
      texts.add(argument.toString());
    }
    return CommandLineRun.of(texts.toArray(String[]::new));
  }

  private static void assertDone(CommandLineRun run) {
    assertThat(run.status()).as(run.errors()).isZero();
  }

  /** GPT-2's vocabulary, a width of 8, no tokenizer.json: as a directory of old. */
  private Path tinyGpt2() throws IOException {
    Path model = directory.resolve("gpt2");
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(50257)
            .nPositions(256)
            .nEmbd(8)
            .nLayer(1)
            .nHead(2)
            .bosTokenId(50256)
            .eosTokenId(50256)
            .build();
    config.write(model);
    Weights.initial(config, 5).write(model);
    return model;
  }

  private Path lines(String name, int from, int to) throws IOException {
    return Files.write(directory.resolve(name), Files.readAllLines(GSM8K).subList(from, to));
  }

  @Test
  void aPublishedFileRunsWithItsPathsSet() throws IOException {
    Path config = Files.writeString(directory.resolve("gsm_coconut.yaml"), PUBLISHED);
    Path model = tinyGpt2();

    CommandLineRun train =
        run(
            "train",
            "--config",
            config,
            "--set",
            "save_path=" + directory.resolve("runs"),
            "--set",
            "model_id=" + model,
            "--set",
            "load_model_path=" + model,
            "--set",
            "train_path=" + lines("gsm_train.txt", 0, 4),
            "--set",
            "val_path=" + lines("gsm_valid.txt", 4, 5));

    assertDone(train);
    Path trained = directory.resolve("runs/gsm-coconut/model");
    CoconutConfig written = CoconutConfig.read(trained);
    assertThat(written.getMethod()).isEqualTo(Method.COCONUT);
    assertThat(written.getDefaultLatents()).isEqualTo(6);
    assertThat(written.getSpecialTokens().getStartLatent()).isEqualTo(50257);
    assertThat(TransformerConfig.read(trained).getVocabSize()).isEqualTo(50260);
  }

  @Test
  void placeholdersAreNamedWithTheWayToSetThem() throws IOException {
    Path config = Files.writeString(directory.resolve("gsm_coconut.yaml"), PUBLISHED);
    Path lines = lines("gsm.txt", 0, 2);

    CommandLineRun noSavePath = run("train", "--config", config);
    CommandLineRun noModel =
        run(
            "train",
            "--config",
            config,
            "--out",
            directory.resolve("run"),
            "--set",
            "train_path=" + lines,
            "--set",
            "val_path=" + lines);

    assertThat(noSavePath.status()).isEqualTo(2);
    assertThat(noSavePath.errors()).contains("`save_path`", "--set save_path=DIR");
    assertThat(noModel.status()).isEqualTo(2);
    assertThat(noModel.errors()).contains("`load_model_path`", "--set load_model_path=DIR");
  }

  @Test
  void aMissingModelIsToBeDownloadedAndAMissingRunsModelToBeTrained() throws IOException {
    Path absent = directory.resolve("absent");

    assertThat(trainFrom("model_id=" + absent).errors())
        .contains("`model_id`", "--local-dir " + absent);
    assertThat(trainFrom("load_model_path=" + absent).errors())
        .contains("`load_model_path`", "Check the path, or train that model first.");
  }

  private CommandLineRun trainFrom(String model) throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("from.yaml"),
            "method: cot\ntrain_path: '%s'\n".formatted(lines("gsm.txt", 0, 2)));
    return run("train", "--config", config, "--out", directory.resolve("run"), "--set", model);
  }

  @Test
  void aDirectoryWithoutTokenizerIsAGpt2() throws IOException {
    CommandLineRun generate =
        run(
            "generate",
            "--model",
            tinyGpt2(),
            "--question",
            "How many?",
            "--max-new-tokens",
            3,
            "--json");

    assertDone(generate);
    JsonNode line = JsonMapper.builder().build().readTree(generate.output());
    assertThat(line.get("latents").asInt()).isZero();
    assertThat(line.get("tokens").asInt()).isLessThanOrEqualTo(3);
  }

  @Test
  void evaluatesTheValidationLinesOfGsm8k() throws IOException {
    Path run = trainWords();

    CommandLineRun evaluate =
        run("evaluate", "--model", run, "--data", GSM8K, "--batch", 64, "--json");

    assertDone(evaluate);
    JsonNode scores = JsonMapper.builder().build().readTree(evaluate.output());
    assertThat(scores.get("problems").asInt()).isEqualTo(500);
    assertThat(scores.get("latents").asInt()).isEqualTo(6);
    assertThat(scores.get("mean_tokens").asDouble()).isBetween(6.0, 6.0 + 64);
    assertThat(scores.get("baselines").isNull()).isTrue();
  }

  /** A model from scratch of the words of GSM8K's validation lines, after one update. */
  private Path trainWords() throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("words.yaml"),
            """
            method: coconut
            curriculum: false
            c_thought: 2
            max_latent_stage: 3
            model_id: scratch
            n_layer: 1
            n_embd: 8
            n_head: 2
            n_positions: 512
            train_path: %s
            max_steps: 1
            """
                .formatted(GSM8K));
    Path out = directory.resolve("words");
    assertDone(run("train", "--config", config, "--out", out));
    return out.resolve("model");
  }

  @Test
  void anExportedCheckpointBecomesAModelDirectory() throws IOException {
    Path original = trainWords();
    TransformerConfig config = TransformerConfig.read(original);
    Map<String, INDArray> exported = new LinkedHashMap<>();
    Weights weights = Weights.read(original, config);
    weights.asMap().forEach((name, array) -> exported.put("base_causallm." + name, array));
    exported.put("base_causallm.lm_head.weight", weights.tokenTable());
    exported.put("embedding.weight", weights.tokenTable());
    Path file = directory.resolve("checkpoint.safetensors");
    SafetensorsWriter.write(file, exported, Map.of());
    Path training = Files.writeString(directory.resolve("gsm_coconut.yaml"), PUBLISHED);
    Path converted = directory.resolve("converted");

    assertDone(
        run(
            "convert",
            "--from",
            file,
            "--to",
            converted,
            "--heads",
            2,
            "--tokenizer",
            original,
            "--training",
            training));

    Map<String, INDArray> read = Weights.read(converted, TransformerConfig.read(converted)).asMap();
    assertThat(ArrayDifference.between(read, weights.asMap()).values())
        .allMatch(difference -> difference.isWithin(0));
    assertThat(CoconutConfig.read(converted).getDefaultLatents()).isEqualTo(6);
    assertThat(answer(converted)).isEqualTo(answer(original));
  }

  private static String answer(Path model) {
    CommandLineRun run =
        run("generate", "--model", model, "--question", "How much does he pay per year?");
    assertDone(run);
    return run.output();
  }

  @Test
  void aCheckpointInPyTorchsOwnFormatIsRefused() throws IOException {
    Path target = directory.resolve("converted");
    Path named = Files.writeString(directory.resolve("checkpoint_6.pt"), "anything");
    Path unnamed = directory.resolve("checkpoint_6");
    Files.copy(Path.of("../samediff-model/src/test/resources/huggingface/pickle.bin"), unnamed);

    for (Path file : List.of(named, unnamed)) {
      CommandLineRun run = run("convert", "--from", file, "--to", target);
      assertThat(run.status()).isEqualTo(2);
      assertThat(run.errors()).contains("checkpoint_6", "safetensors", "can run code", "Python");
      assertThat(target).doesNotExist();
    }
  }
}
