package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.RotaryPositions.Scaling;
import io.github.coconut4j.model.dropout.DropoutRates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransformerConfigTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  @Test
  void readsWhatHuggingFaceWrites() throws IOException {
    TransformerConfig config = TransformerConfig.read(HuggingFaceFiles.path("single"));

    assertThat(config)
        .isEqualTo(
            TransformerConfig.builder()
                .vocabSize(11)
                .nPositions(7)
                .nEmbd(8)
                .nLayer(2)
                .nHead(2)
                .nInner(20)
                .layerNormEpsilon(1e-5)
                .initializerRange(0.5)
                .bosTokenId(10)
                .eosTokenId(10)
                .activationFunction(Activation.GELU_NEW)
                .attnPdrop(0.1)
                .embdPdrop(0.1)
                .residPdrop(0.1)
                .tieWordEmbeddings(true)
                .build());
    assertThat(config.headSize()).isEqualTo(4);
    assertThat(config.innerSize()).isEqualTo(20);
  }

  @Test
  void writesEveryKeyOfTheArchitectureAsHuggingFaceDoes() throws IOException {
    TransformerConfig config = TransformerConfig.read(HuggingFaceFiles.path("single"));
    config.write(directory);
    GenerationConfig.of(config).write(directory);

    for (String name : new String[] {"config.json", "generation_config.json"}) {
      JsonNode written = JSON.readTree(directory.resolve(name).toFile());
      JsonNode original = JSON.readTree(HuggingFaceFiles.path("single").resolve(name).toFile());
      assertThat(written.fieldNames())
          .toIterable()
          .contains("bos_token_id", "eos_token_id")
          .allSatisfy(key -> assertThat(written.get(key)).as(key).isEqualTo(original.get(key)));
    }
    assertThat(JSON.readTree(directory.resolve("config.json").toFile()).fieldNames())
        .toIterable()
        .contains("architectures", "model_type", "n_inner", "scale_attn_weights", "dtype");
  }

  @Test
  void readsWhatItWrites() throws IOException {
    TransformerConfig config = small().toBuilder().eosTokenId(null).layerNormEpsilon(3e-7).build();

    config.write(directory);

    assertThat(TransformerConfig.read(directory)).isEqualTo(config);
    assertThat(
            JSON.readTree(directory.resolve("config.json").toFile()).get("eos_token_id").isNull())
        .isTrue();
  }

  @Test
  void readsBackHowGpt2KnowsPositions() throws IOException {
    RotaryPositions scaled =
        RotaryPositions.builder().theta(50).scaling(Scaling.LINEAR).factor(2).build();
    for (TransformerConfig config :
        List.of(
            small().toBuilder().rotary(RotaryPositions.of(100)).build(),
            small().toBuilder().rotary(scaled).build(),
            small().toBuilder().noPositions(true).build())) {
      config.write(directory);

      assertThat(TransformerConfig.read(directory)).isEqualTo(config);
      assertThat(config.hasPositionTable()).isFalse();
      assertThat(Weights.names(config)).noneMatch(name -> name.contains("wpe"));
    }
  }

  /** Rope's keys belong to no GPT-2 of Hugging Face's, where other programs leave theirs. */
  @Test
  void keepsGpt2sTableWhereNoOtherPositionsAreNamed() throws IOException {
    writeConfig(json -> json.put("rope_theta", 10).putNull("position_embedding"));

    assertThat(TransformerConfig.read(directory))
        .isEqualTo(TransformerConfig.read(HuggingFaceFiles.path("single")));
  }

  @ParameterizedTest
  @CsvSource({
    "rotary, true, 'rotary must be null without positions'",
    "odd heads, false, 'head_dim must be even, for rotary positions, but is 1'",
  })
  void refusesPositionsThatNoModelHas(String what, boolean none, String message) {
    TransformerConfig.TransformerConfigBuilder builder =
        small().toBuilder().rotary(RotaryPositions.of(100)).noPositions(none);
    if (what.equals("odd heads")) {
      builder.nHead(8);
    }
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void readsOpenAisConfiguration() throws IOException {
    // The keys of the published gpt2/config.json that concern the architecture, n_ctx among them.
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
         "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256,
         "initializer_range": 0.02, "layer_norm_epsilon": 1e-05, "model_type": "gpt2",
         "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024,
         "resid_pdrop": 0.1, "summary_activation": null,
         "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}},
         "vocab_size": 50257}
        """);

    TransformerConfig config = TransformerConfig.read(directory);

    assertThat(config.getNLayer()).isEqualTo(12);
    assertThat(config.innerSize()).isEqualTo(3072);
    long parameters =
        ParameterLayout.of(config).shapes().values().stream()
            .mapToLong(shape -> shape.length == 2 ? shape[0] * shape[1] : shape[0])
            .sum();
    assertThat(parameters).isEqualTo(124_439_808); // as published for the small GPT-2
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "model_type                      | \"mamba\"   | gpt2, llama, mistral, qwen2, qwen3, but found mamba",
        "model_type                      | null        | no model_type",
        "activation_function             | \"mish\"    | activation_function",
        "hidden_size                     | 16          | hidden_size must be n_embd, 8, whose other name it is, but is 16",
        "quantization_config             | {\"bits\":4} | quantization_config must be null",
        "position_embedding              | \"alibi\"   | position_embedding must be table, rotary or none, but is \"alibi\"",
        "add_cross_attention             | true        | add_cross_attention must be false",
        "vocab_size                      | \"11\"      | vocab_size",
        "n_layer                         | 2.5         | n_layer",
        "n_layer                         | -1          | n_layer must be at least 1, but is -1",
        "n_layer                         | 3000000000  | n_layer",
        "n_head                          | 3           | n_embd must be a multiple of n_head, 3",
        "n_head                          | 8           | n_embd must be at least twice n_head, 8, as a head has two values or more, but is 8",
        "n_inner                         | 0           | n_inner must be at least 1",
        "layer_norm_epsilon              | 0           | layer_norm_epsilon must be above 0",
        "layer_norm_epsilon              | 1e-300      | must be above 0 and finite in float32",
        "layer_norm_epsilon              | 1e300       | must be above 0 and finite in float32",
        "initializer_range               | -0.1        | initializer_range must be at least 0",
        "resid_pdrop                     | 1.0         | resid_pdrop must be in [0, 1)",
        "attn_pdrop                      | -0.1        | attn_pdrop must be in [0, 1)",
        "embd_pdrop                      | 1.5         | embd_pdrop must be in [0, 1)",
        "eos_token_id                    | \"1\"         | eos_token_id",
        "eos_token_id                    | true        | eos_token_id",
        "eos_token_id                    | 11          | eos_token_id an id from 0 on and below 11",
        "eos_token_id                    | -1          | eos_token_id",
        "eos_token_id                    | 3000000000  | eos_token_id",
        "eos_token_id                    | 1.5         | eos_token_id",
        "eos_token_id                    | [1, null]   | eos_token_id",
        "eos_token_id                    | [[1]]       | eos_token_id",
        "eos_token_id                    | {}          | eos_token_id",
        "pad_token_id                    | \"1\"         | pad_token_id",
        "n_positions                     | null        | n_positions",
        "layer_types                     | [\"full_attention\"] | layer_types must have an entry for each layer, as many as n_layer, 2",
        "per_layer_config                | {\"0\": {\"n_inner\": 9}} | per_layer_config must be left out",
      })
  void refusesOtherArchitecturesAndWrongValues(String key, String value, String message)
      throws IOException {
    writeConfig(json -> json.set(key, parse(value)));

    assertThatThrownBy(() -> TransformerConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(directory.resolve("config.json").toString(), "must", message);
  }

  /** As transformers 5.18 does. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "vocab_size",
        "n_positions",
        "n_embd",
        "n_layer",
        "n_head",
        "activation_function",
        "layer_norm_epsilon",
        "initializer_range",
        "attn_pdrop",
        "embd_pdrop",
        "resid_pdrop",
        "scale_attn_weights",
        "scale_attn_by_inverse_layer_idx",
        "reorder_and_upcast_attn",
        "add_cross_attention",
        "tie_word_embeddings"
      })
  void refusesNullForAValueThatHuggingFaceNeeds(String key) throws IOException {
    writeConfig(json -> json.putNull(key));

    assertThatThrownBy(() -> TransformerConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(key)
        .hasMessageMatching("(?s).* must .* but (is|found) null\\..*");
  }

  @Test
  void readsNullWhereGpt2HasNoValue() throws IOException {
    writeConfig(json -> json.putNull("n_inner").putNull("pad_token_id").putNull("layer_types"));

    assertThat(TransformerConfig.read(directory).innerSize()).isEqualTo(32);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vocab_size", "n_positions", "n_embd", "n_layer", "n_head"})
  void namesMissingSizes(String key) throws IOException {
    writeConfig(json -> json.without(key));

    assertThatThrownBy(() -> TransformerConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(key + " must be at least 1, but is 0 or not given");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{\"model_type\":\"gpt2\",\"model_type\":\"gpt2\"}", "\0"})
  void refusesWhatIsNoJsonObject(String content) throws IOException {
    Files.writeString(directory.resolve("config.json"), content);

    assertThatThrownBy(() -> TransformerConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("config.json must be a JSON object");
  }

  @Test
  void refusesDeepNesting() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{\"a\":".repeat(100_000));

    assertThatThrownBy(() -> TransformerConfig.read(directory))
        .isInstanceOf(ModelFormatException.class);
  }

  @Test
  void refusesDirectoriesWithoutConfiguration() {
    assertThatThrownBy(() -> TransformerConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(
            directory.toString(),
            "must contain config.json",
            "or the directory model/ of a training run");
  }

  /** {@code attribute_map} of Hugging Face's class. */
  @Test
  void acceptsTheOtherNamesOfSizes() throws IOException {
    writeConfig(
        json -> {
          json.set("hidden_size", json.replace("n_embd", json.nullNode()));
          json.set("num_hidden_layers", json.remove("n_layer"));
          json.set("num_attention_heads", json.remove("n_head"));
          json.set("max_position_embeddings", json.get("n_positions"));
        });

    assertThat(TransformerConfig.read(directory))
        .isEqualTo(TransformerConfig.read(HuggingFaceFiles.path("single")));
  }

  @Test
  void acceptsTheOtherNameOfTheActivation() throws IOException {
    writeConfig(json -> json.put("activation_function", "gelu_pytorch_tanh"));

    assertThat(TransformerConfig.read(directory).getActivationFunction())
        .isEqualTo(Activation.GELU_PYTORCH_TANH);
  }

  /** As {@code GPT2Config()} and {@code LlamaConfig()} have them. */
  @Test
  void ratesOfDropoutThatAFileOmitsAreHuggingFaces() throws IOException {
    writeConfig(json -> json.put("attn_pdrop", 0).remove(List.of("embd_pdrop", "resid_pdrop")));

    TransformerConfig config = TransformerConfig.read(directory);

    assertThat(DropoutRates.of(config)).isEqualTo(new DropoutRates(0, 0.1, 0.1));
    config.write(directory);
    assertThat(TransformerConfig.read(directory)).isEqualTo(config);
  }

  @Test
  void onlyGpt2DropsEmbeddingsAndResiduals() {
    TransformerConfig.TransformerConfigBuilder llama =
        small().toBuilder()
            .architecture(Architecture.LLAMA)
            .rotary(RotaryPositions.of(100))
            .attnPdrop(0.2);

    assertThat(DropoutRates.of(llama.build())).isEqualTo(new DropoutRates(0.2, 0, 0));
    assertThat(DropoutRates.of(llama.build(), 0.3)).isEqualTo(new DropoutRates(0.3, 0, 0));
    assertThat(DropoutRates.of(small(), 0.3)).isEqualTo(new DropoutRates(0.3, 0.3, 0.3));
    llama.residPdrop(0.1);
    assertThatThrownBy(llama::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("resid_pdrop must be 0, as only GPT-2 has it, but is 0.1");
  }

  @Test
  void checksValuesThatAreSetInJava() {
    TransformerConfig.TransformerConfigBuilder builder = small().toBuilder().nHead(5);

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("n_embd must be a multiple of n_head, 5, but is 8");
  }

  private static TransformerConfig small() {
    return TransformerConfig.builder()
        .vocabSize(11)
        .nPositions(7)
        .nEmbd(8)
        .nLayer(1)
        .nHead(2)
        .build();
  }

  private void writeConfig(Consumer<ObjectNode> change) throws IOException {
    Path original = HuggingFaceFiles.path("single/config.json");
    ObjectNode json = (ObjectNode) JSON.readTree(original.toFile());
    change.accept(json);
    JSON.writeValue(directory.resolve("config.json").toFile(), json);
  }

  private static JsonNode parse(String value) {
    try {
      return JSON.readTree(value);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
