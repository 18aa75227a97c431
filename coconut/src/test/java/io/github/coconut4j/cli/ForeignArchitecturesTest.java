package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories of models that are not computed here, or do not fit together. */
class ForeignArchitecturesTest {

  private static final Path FIXTURES = Path.of("../samediff-model/src/test/resources/fixtures");

  @TempDir private Path directory;

  private Path model(String fixture, String pattern, String replacement) throws IOException {
    Path copy = Files.createDirectory(directory.resolve("model"));
    try (Stream<Path> files = Files.list(FIXTURES.resolve(fixture))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Path config = copy.resolve("config.json");
    String text = Files.readString(config);
    String changed = text.replaceFirst(pattern, replacement);
    assertThat(changed).isNotEqualTo(text);
    Files.writeString(config, changed);
    return copy;
  }

  private static void assertRefused(CommandLineRun run, String... message) {
    run.assertRefused(message);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors().lines()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tiny-llama-a | \"llama\" | \"opt\" | model_type of gpt2, llama, mistral, qwen2, qwen3 | opt",
        "tiny-llama-a | \"model_type\": \"llama\", | ` ` | model_type of gpt2, llama | no model_type",
        "tiny-llama-b | \"llama3\" | \"yarn\" | rope_type of rope_scaling must be default, linear or llama3 | but is \"yarn\"",
        "tiny-llama-a | \"rope_scaling\": null | \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2} | rope_type of rope_scaling | but is \"dynamic\"",
        "tiny-llama-a | \"rope_scaling\": null | \"rope_scaling\": {\"type\": \"linear\"} | factor of rope_scaling | not given",
        "tiny-llama-b | \"low_freq_factor\": 1.0 | \"low_freq_factor\": \"x\" | low_freq_factor of rope_scaling must be a number | \"x\"",
        "tiny-qwen3-a | \"rope_type\": \"default\" | \"rope_type\": \"longrope\" | rope_type of rope_parameters | but is \"longrope\"",
        "tiny-llama-a | \"hidden_act\": \"silu\" | \"hidden_act\": \"swish\" | hidden_act must be one of gelu_new | \"swish\"",
        "tiny-llama-a | \"intermediate_size\": 40 | \"intermediate_size\": 44 | must have the shapes of its config.json | mlp.gate_proj.weight [40, 24] instead of [44, 24]",
        "tiny-llama-a | \"num_key_value_heads\": 2 | \"num_key_value_heads\": 4 | must have the shapes of its config.json | self_attn.k_proj.weight [12, 24] instead of [24, 24]",
        "tiny-llama-a | \"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | num_attention_heads must be a multiple of num_key_value_heads | 3",
        "tiny-llama-a | \"num_key_value_heads\": 2 | \"num_key_value_heads\": \"two\" | num_key_value_heads of the right type | two",
        "tiny-llama-b | \"head_dim\": 12 | \"head_dim\": 10 | must have the shapes of its config.json | [48, 20] instead of [40, 20]",
        "tiny-llama-a | \"num_hidden_layers\": 2 | \"num_hidden_layers\": 3 | missing model.layers.2 | unexpected none",
        "tiny-llama-a | \"hidden_size\": 24, | ` ` | hidden_size must be at least 1 | 0 or not given",
        "tiny-llama-a | \"attention_bias\": false | \"attention_bias\": true | missing model.layers.0.self_attn.q_proj.bias | unexpected none",
        "tiny-llama-a | \"tie_word_embeddings\": true | \"tie_word_embeddings\": false | lm_head.weight, where tie_word_embeddings is false | none",
        "tiny-llama-b | \"tie_word_embeddings\": false | \"tie_word_embeddings\": true | equal to its token embedding | different values",
        "tiny-qwen2-a | \"qwen2\" | \"llama\" | unexpected model.layers.0.self_attn | q_proj.bias",
        "tiny-gpt2-e | \"gelu\" | \"quick_gelu\" | activation_function must be one of | \"quick_gelu\""
      })
  void areRefusedByNameAndValue(
      String fixture, String pattern, String replacement, String requirement, String found)
      throws IOException {
    Path model = model(fixture, Pattern.quote(pattern), replacement);

    assertRefused(
        CommandLineRun.of("generate", "--model", "" + model, "--question", "q"),
        "" + model,
        requirement,
        found);
  }

  /** Before anything is trained, and by every command alike. */
  @Test
  void areRefusedByEveryCommand() throws IOException {
    String model = "" + model("tiny-llama-a", "\"llama\"", "\"opt\"");
    String out = "" + directory.resolve("out");
    String config =
        ""
            + Files.writeString(
                directory.resolve("run.yaml"), "method: cot\ntrain_path: prosqa:4:1");

    for (List<String> command :
        List.of(
            List.of("train", "--config", config, "--out", out, "--set", "model_id=" + model),
            List.of("train", "--config", config, "--out", out, "--set", "load_model_path=" + model),
            List.of("evaluate", "--model", model, "--data", "prosqa:4:1"),
            List.of("analyze", "--model", model, "--data", "prosqa:4:1", "--out", out),
            List.of(
                "convert",
                "--from",
                model + "/model.safetensors",
                "--config",
                model,
                "--to",
                out + "-converted"),
            List.of("parity", "--fixture", model))) {
      assertRefused(
          CommandLineRun.of(command.toArray(String[]::new)), "config.json", "model_type", "opt");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "parity"})
  void aSlidingWindowShorterThanTheSequenceIsNamed(String command) throws IOException {
    if (command.equals("train")) {
      Path config =
          Files.writeString(
              directory.resolve("run.yaml"),
              "{method: cot, train_path: 'prosqa:4:1', architecture: mistral, sliding_window: 8}");
      assertRefused(
          CommandLineRun.of("train", "--config", "" + config, "--out", directory + "/run"),
          "8 positions (sliding_window)",
          "larger `sliding_window`");
    } else {
      Path model = model("tiny-llama-a", "\"llama\"", "\"mistral\", \"sliding_window\": 8");
      assertRefused(
          CommandLineRun.of("parity", "--fixture", "" + model), "8 positions (sliding_window)");
    }
  }

  @Test
  void aModelWithoutItsTokenizerIsRefused() throws IOException {
    Path model = model("tiny-llama-a", "\"use_cache\": true,", "");

    assertRefused(
        CommandLineRun.of("generate", "--model", "" + model, "--question", "q"),
        "" + model.resolve("tokenizer.json"),
        "AutoTokenizer");
  }

  @Test
  void aModelsNameOnTheHubIsNoDirectory() throws IOException {
    Path config =
        Files.writeString(directory.resolve("run.yaml"), "method: cot\ntrain_path: prosqa:4:1");

    assertRefused(
        CommandLineRun.of(
            "train",
            "--config",
            "" + config,
            "--out",
            directory + "/run",
            "--set",
            "model_id=meta-llama/Llama-3.2-1B"),
        "`model_id`",
        "hf download meta-llama/Llama-3.2-1B --local-dir DIR");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "architecture=opt | gpt2, llama, mistral, qwen2, qwen3",
        "rope_scaling={rope_type: yarn, factor: 2} | `rope_scaling.rope_type` needs one of default, linear, llama3",
        "position_embedding=orthogonal | `position_embedding`",
        "hidden_size=30 | `hidden_size`"
      })
  void settingsOfAModelFromScratchAreRefusedByName(String setting, String message)
      throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("run.yaml"),
            "method: cot\ntrain_path: prosqa:4:1\narchitecture: llama");

    assertRefused(
        CommandLineRun.of(
            "train", "--config", "" + config, "--out", directory + "/run", "--set", setting),
        message);
  }
}
