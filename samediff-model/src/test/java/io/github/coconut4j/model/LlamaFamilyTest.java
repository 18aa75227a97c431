package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Model directories of Llama and of the architectures after it. */
class LlamaFamilyTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The keys of the published Llama 3.2 1B that concern the architecture. */
  private static final String LLAMA_1B =
      """
      {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
       "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "head_dim": 64,
       "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02,
       "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
       "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16,
       "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
       "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
         "original_max_position_embeddings": 8192, "rope_type": "llama3"},
       "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
       "vocab_size": 128256}
      """;

  @TempDir Path directory;

  @Test
  void readsThePublishedConfigurationOfLlama() throws IOException {
    TransformerConfig config = LlamaConfigs.read(directory, LLAMA_1B, json -> {});

    assertThat(config.keyValueWidth()).isEqualTo(512);
    assertThat(config.getEosTokenIds()).containsExactly(128001, 128008, 128009);
    assertThat(config.getRotary().getOriginalPositions()).isEqualTo(8192);
    double parameters =
        ParameterLayout.of(config).parameters().stream()
            .mapToDouble(ParameterLayout.Parameter::size)
            .sum();
    assertThat(parameters).isEqualTo(1_235_814_400); // as published
  }

  /** inv_freq of Llama 3.2 1B as transformers computes it: its first, and its last two. */
  @Test
  void scalesFrequenciesAsLlama3() throws IOException {
    double[] frequencies =
        LlamaConfigs.read(directory, LLAMA_1B, json -> {}).getRotary().frequencies(64);

    assertThat(frequencies[0]).isEqualTo(1);
    assertThat(frequencies[1]).isCloseTo(Math.pow(500_000, -1 / 32.0), within(1e-12));
    assertThat(frequencies[31])
        .isCloseTo(Math.pow(500_000, -31 / 32.0) / 32, within(1e-15)); // a wave of 4 million steps
    assertThat(frequencies).isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3"})
  void whatIsWrittenIsReadBack(String modelType) throws IOException {
    TransformerConfig config = LlamaConfigs.tiny(directory, modelType);
    config.write(directory);

    assertThat(TransformerConfig.read(directory)).isEqualTo(config);
    JsonNode written = JSON.readTree(directory.resolve("config.json").toFile());
    assertThat(written.path("model_type").asText()).isEqualTo(modelType);
    assertThat(written.path("hidden_size").asInt()).isEqualTo(12);
    assertThat(written.path("rope_theta")).isEqualTo(written.at("/rope_parameters/rope_theta"));
  }

  /** What a file of theirs could not say would be another model when it is opened. */
  @ParameterizedTest
  @CsvSource({
    "gpt2, attention_bias",
    "mistral, attention_bias",
    "qwen2, attention_bias",
    "gpt2, mlp_bias",
    "mistral, mlp_bias",
    "qwen2, mlp_bias",
    "qwen3, mlp_bias",
    "llama, sliding_window"
  })
  void aVariantThatTheArchitectureDoesNotHaveIsRefused(String modelType, String key)
      throws IOException {
    TransformerConfig.TransformerConfigBuilder builder =
        modelType.equals("gpt2")
            ? TransformerConfig.read(HuggingFaceFiles.path("single")).toBuilder()
            : LlamaConfigs.tiny(directory, modelType).toBuilder();
    switch (key) {
      case "attention_bias" -> builder.attentionBias(true);
      case "mlp_bias" -> builder.mlpBias(true);
      default -> builder.slidingWindow(8);
    }

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(key + " must be", "in " + modelType);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "use_sliding_window | \"yes\" | use_sliding_window must be true or false, but is \"yes\"",
        "max_window_layers  | \"1\"   | max_window_layers must be a whole number, but is \"1\"",
        "model_type         | [\"a\"] | but found [\"a\"]",
      })
  void whatIsOfAnotherTypeIsNotTakenForTheDefault(String key, String value, String message) {
    assertThatThrownBy(
            () ->
                LlamaConfigs.read(
                    directory,
                    LlamaConfigs.TINY,
                    json -> {
                      json.put("model_type", "qwen3").put("use_sliding_window", true);
                      json.set(key, LlamaConfigs.tree(value));
                    }))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void omittedKeysHaveTheDefaultsOfTheirClass() throws IOException {
    TransformerConfig qwen =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> json.put("model_type", "qwen3").remove("head_dim"));
    assertThat(qwen.headSize()).isEqualTo(128);
    assertThat(qwen.isTieWordEmbeddings()).isFalse();

    TransformerConfig mistral =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> {
              json.put("model_type", "mistral").put("num_attention_heads", 16);
              json.remove("num_key_value_heads");
            });
    assertThat(mistral.keyValueHeads()).isEqualTo(8);
    assertThat(mistral.getSlidingWindow()).isEqualTo(4096);

    TransformerConfig llama =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> {
              json.put("model_type", "llama").remove("rope_theta");
              json.put("hidden_size", 16);
              json.putNull("head_dim").putNull("num_key_value_heads");
            });
    assertThat(llama.keyValueHeads()).isEqualTo(4);
    assertThat(llama.headSize()).isEqualTo(4);
    assertThat(llama.getRotary()).isEqualTo(RotaryPositions.of(10_000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "rope_scaling            | {\"rope_type\": \"yarn\", \"factor\": 2} | default, linear or llama3, but is \"yarn\"",
        "rope_scaling            | {\"type\": \"dynamic\"}                  | \"dynamic\"",
        "rope_scaling            | {\"type\": \"linear\"}                   | factor of rope_scaling",
        "rope_scaling            | {\"type\": \"linear\", \"factor\": 0}    | factor",
        "rope_scaling            | \"linear\"                               | rope_scaling must be an object",
        "rope_parameters         | {\"rope_type\": \"longrope\"}            | rope_parameters",
        "rope_scaling            | {\"type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 1, \"original_max_position_embeddings\": 9} | high_freq_factor must be above 4",
        "rope_scaling            | {\"factor\": 2}                          | rope_type of rope_scaling must be default, linear or llama3, but is not given",
        "rope_scaling            | {\"rope_type\": null, \"factor\": 2}    | rope_type of rope_scaling must be default, linear or llama3, but is not given",
        "rope_parameters         | {\"rope_theta\": 900}                    | rope_theta must be that of rope_parameters, 900.0, but is 500.0",
        "rope_parameters         | {\"full_attention\": {\"rope_type\": \"default\", \"rope_theta\": 900}} | rope_parameters must be the parameters of all layers",
        "rope_parameters         | []                                       | rope_parameters must be an object",
        "quantization_config     | {\"quant_method\": \"fp8\"}              | quantization_config must be null, as quantized weights are not read, but is {\"quant_method\":\"fp8\"}",
        "rope_theta              | \"high\"                                 | rope_theta must be a number",
        "rope_theta              | -1                                       | rope_theta must be above 0",
        "partial_rotary_factor   | 0.5                                      | partial_rotary_factor must be 1",
        "head_dim                | 5                                        | head_dim must be even",
        "head_dim                | 0                                        | head_dim must be at least 1",
        "num_key_value_heads     | 3                                        | num_attention_heads must be a multiple of num_key_value_heads, 3",
        "num_attention_heads     | 0                                        | num_attention_heads must be at least 1",
        "hidden_size             | null                                     | hidden_size",
        "hidden_size             | 2.5                                      | hidden_size",
        "intermediate_size       | null                                     | intermediate_size",
        "hidden_act              | \"mish\"                                 | hidden_act must be one of",
        "rms_norm_eps            | 0                                        | rms_norm_eps must be above 0",
        "max_position_embeddings | -3                                       | max_position_embeddings must be at least 1, but is -3",
        "attention_dropout       | 2                                        | attention_dropout must be in [0, 1)",
      })
  void refusesWhatItDoesNotCompute(String key, String value, String message) {
    assertThatThrownBy(
            () ->
                LlamaConfigs.read(
                    directory,
                    LlamaConfigs.TINY,
                    json -> {
                      json.put("model_type", "llama");
                      json.set(key, LlamaConfigs.tree(value));
                    }))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(directory.resolve("config.json").toString(), message);
  }

  /**
   * As transformers 5.18 does: by the class's types, or where the model is built ({@code
   * rope_theta}, and Qwen2's {@code head_dim}).
   */
  @ParameterizedTest
  @CsvSource({
    "llama, hidden_size",
    "llama, num_hidden_layers",
    "llama, num_attention_heads",
    "llama, max_position_embeddings",
    "llama, vocab_size",
    "llama, rms_norm_eps",
    "llama, rope_theta",
    "llama, hidden_act",
    "llama, initializer_range",
    "llama, tie_word_embeddings",
    "llama, attention_bias",
    "llama, mlp_bias",
    "mistral, num_key_value_heads",
    "mistral, attention_dropout",
    "mistral, tie_word_embeddings",
    "qwen2, head_dim",
    "qwen2, use_sliding_window",
    "qwen2, max_window_layers",
    "qwen2, attention_dropout",
    "qwen3, head_dim",
    "qwen3, attention_bias",
    "qwen3, rope_theta",
  })
  void refusesNullForAValueThatHuggingFaceNeeds(String modelType, String key) {
    assertThatThrownBy(
            () ->
                LlamaConfigs.read(
                    directory,
                    LlamaConfigs.TINY,
                    json -> json.put("model_type", modelType).putNull(key)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(key)
        .hasMessageMatching("(?s).* must .* but (is|found) null\\..*");
  }

  /** As transformers 5.18 reads them. */
  @ParameterizedTest
  @CsvSource({
    "llama, head_dim",
    "llama, num_key_value_heads",
    "llama, attention_dropout",
    "llama, layer_types",
    "mistral, head_dim",
    "mistral, sliding_window",
    "mistral, attention_bias",
    "qwen2, num_key_value_heads",
    "qwen2, sliding_window",
    "qwen2, layer_types",
    "qwen3, num_key_value_heads",
    "qwen3, per_layer_config",
    "qwen3, mlp_bias",
  })
  void readsNullWhereItIsAValueOfTheClass(String modelType, String key) throws IOException {
    TransformerConfig config =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> json.put("model_type", modelType).put("hidden_size", 16).putNull(key));

    assertThat(config.headSize()).isEqualTo(4);
    assertThat(config.keyValueHeads()).isEqualTo(key.equals("num_key_value_heads") ? 4 : 2);
    assertThat(config.getAttnPdrop()).isZero();
    assertThat(config.getSlidingWindow())
        .isEqualTo(modelType.equals("mistral") && !key.equals("sliding_window") ? 4096 : null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "llama   | layer_types      | [\"full_attention\"]                       | layer_types must have an entry for each layer, as many as num_hidden_layers, 2",
        "mistral | layer_types      | [\"full_attention\"]                       | as many as num_hidden_layers, 2",
        "qwen2   | layer_types      | [\"full_attention\"]                       | as many as num_hidden_layers, 2",
        "qwen2   | layer_types      | [\"full_attention\",\"full_attention\",\"full_attention\"] | as many as num_hidden_layers, 2",
        "qwen3   | layer_types      | [\"full_attention\"]                       | as many as num_hidden_layers, 2",
        "qwen3   | layer_types      | []                                         | layer_types",
        "llama   | layer_types      | []                                         | as many as num_hidden_layers, 2, but is []",
        "qwen3   | mlp_layer_types  | [\"dense\"]                                | mlp_layer_types must have an entry",
        "llama   | per_layer_config | {\"0\": {\"intermediate_size\": 9}}        | per_layer_config must be left out",
        "qwen3   | per_layer_config | {\"1\": {\"skip\": [\"mlp\"]}}              | per_layer_config must be left out",
      })
  void refusesLayersThatDifferOrAreMissing(
      String modelType, String key, String value, String message) {
    assertThatThrownBy(
            () ->
                LlamaConfigs.read(
                    directory,
                    LlamaConfigs.TINY,
                    json -> {
                      json.put("model_type", modelType).put("num_hidden_layers", 2);
                      json.set(key, LlamaConfigs.tree(value));
                    }))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"llama, 2048", "mistral, 131072", "qwen2, 32768", "qwen3, 32768"})
  void positionsThatAreOmittedAreThoseOfTheClass(String modelType, int positions)
      throws IOException {
    TransformerConfig config =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> json.put("model_type", modelType).remove("max_position_embeddings"));

    assertThat(config.getNPositions()).isEqualTo(positions);
  }
}
