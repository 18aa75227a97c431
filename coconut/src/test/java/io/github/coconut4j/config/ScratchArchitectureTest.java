package io.github.coconut4j.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.RotaryPositions.Scaling;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.DropoutRates;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScratchArchitectureTest {

  private static final int TOKENS = 50;

  private static ConfigFile file(String... settings) {
    ConfigFile file = ConfigFile.parse("run.yaml", "{method: cot, train_path: 'prosqa:8:3'}");
    for (String setting : settings) {
      file.set(setting);
    }
    return file;
  }

  private static TransformerConfig sizes(String... settings) {
    return file(settings).toTrainingConfig().scratchArchitecture(TOKENS);
  }

  @Test
  void aModelFromScratchHasTheDropoutThatIsAskedFor() {
    assertThat(rates()).isEqualTo(DropoutRates.NONE);
    assertThat(rates("dropout=0.2")).isEqualTo(new DropoutRates(0.2, 0.2, 0.2));
    assertThat(rates("attn_pdrop=0.1", "embd_pdrop=0.2", "resid_pdrop=0.3"))
        .isEqualTo(new DropoutRates(0.1, 0.2, 0.3));
    assertThat(rates("architecture=llama", "dropout=0.2")).isEqualTo(new DropoutRates(0.2, 0, 0));
    assertThat(rates("architecture=llama", "attention_dropout=0.3"))
        .isEqualTo(new DropoutRates(0.3, 0, 0));
    assertThat(rates("attention_dropout=0.3", "resid_pdrop=0.1", "dropout=0"))
        .isEqualTo(DropoutRates.NONE);
  }

  private static DropoutRates rates(String... settings) {
    TrainingConfig config = file(settings).toTrainingConfig();
    TransformerConfig model = config.scratchArchitecture(TOKENS);
    assertThat(config.dropoutRates(model)).isEqualTo(DropoutRates.of(model));
    return config.dropoutRates(model);
  }

  @ParameterizedTest
  @CsvSource({
    "dropout=1, `dropout` needs a probability of at least 0 and below 1",
    "dropout=-0.1, `dropout` needs a probability of at least 0 and below 1",
    "attn_pdrop=1, attn_pdrop must be",
    "embd_pdrop=1.5, embd_pdrop must be",
    "resid_pdrop=-1, resid_pdrop must be",
    "dropout=a, dropout"
  })
  void refusesOtherRatesOfDropout(String setting, String message) {
    ConfigFile file = file(setting);
    assertThatThrownBy(file::toTrainingConfig)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"embd_pdrop", "resid_pdrop"})
  void onlyGpt2DropsEmbeddingsAndResiduals(String key) {
    ConfigFile file = file("architecture=llama", key + "=0.1");
    assertThatThrownBy(file::toTrainingConfig)
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(key, "architecture: llama");
  }

  private static final String[] LLAMAS_NAMES = {
    "hidden_size=24",
    "num_hidden_layers=3",
    "num_attention_heads=6",
    "max_position_embeddings=40",
    "intermediate_size=50",
    "hidden_act=relu",
    "rms_norm_eps=1.0e-3"
  };

  private static final String[] GPT2S_NAMES = {
    "n_embd=24",
    "n_layer=3",
    "n_head=6",
    "n_positions=40",
    "n_inner=50",
    "activation_function=relu",
    "layer_norm_epsilon=1.0e-3"
  };

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void bothSpellingsServeEveryArchitecture(Architecture architecture) {
    TrainingConfig llamas =
        file(LLAMAS_NAMES).set("architecture=" + architecture.modelType()).toTrainingConfig();
    TrainingConfig gpt2s =
        file(GPT2S_NAMES).set("architecture=" + architecture.modelType()).toTrainingConfig();

    assertThat(llamas).isEqualTo(gpt2s);
    TransformerConfig sizes = llamas.scratchArchitecture(TOKENS);
    assertThat(sizes.getArchitecture()).isEqualTo(architecture);
    assertThat(sizes.getVocabSize()).isEqualTo(TOKENS);
    assertThat(sizes.getNEmbd()).isEqualTo(24);
    assertThat(sizes.getNLayer()).isEqualTo(3);
    assertThat(sizes.getNHead()).isEqualTo(6);
    assertThat(sizes.getNPositions()).isEqualTo(40);
    assertThat(sizes.innerSize()).isEqualTo(50);
    assertThat(sizes.getActivationFunction()).isEqualTo(Activation.RELU);
    assertThat(sizes.getLayerNormEpsilon()).isEqualTo(1e-3);
  }

  @ParameterizedTest
  @CsvSource({
    "n_embd, hidden_size, 64",
    "n_layer, num_hidden_layers, 2",
    "n_head, num_attention_heads, 4",
    "n_positions, max_position_embeddings, 256",
    "n_inner, intermediate_size, 256",
    "activation_function, hidden_act, silu",
    "layer_norm_epsilon, rms_norm_eps, 1.0e-5",
    "rope_scaling, rope_parameters, '{rope_type: default}'"
  })
  void refusesTwoSpellingsOfOneKey(String key, String alias, String value) {
    assertThatThrownBy(() -> sizes("architecture=llama", key + "=" + value, alias + "=" + value))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`" + alias + "` and `" + key + "`");
  }

  @Test
  void refusesTheBaseOfFrequenciesInTwoPlaces() {
    assertThatThrownBy(
            () ->
                sizes(
                    "architecture=llama",
                    "rope_theta=500",
                    "rope_parameters={rope_theta: 500, rope_type: default}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`rope_parameters.rope_theta` and `rope_theta`");
  }

  @Test
  void defaultsAreThoseOfTheFamily() {
    TransformerConfig gpt2 = sizes();
    assertThat(gpt2.getArchitecture()).isEqualTo(Architecture.GPT2);
    assertThat(gpt2.getActivationFunction()).isEqualTo(Activation.GELU_NEW);
    assertThat(gpt2.getLayerNormEpsilon()).isEqualTo(1e-5);

    TransformerConfig llama = sizes("architecture=llama");
    assertThat(llama.getActivationFunction()).isEqualTo(Activation.SILU);
    assertThat(llama.getLayerNormEpsilon()).isEqualTo(1e-6);
    assertThat(llama.innerSize()).isEqualTo(4 * llama.getNEmbd());
    assertThat(llama.keyValueHeads()).isEqualTo(llama.getNHead());
    assertThat(llama.getRotary()).isEqualTo(RotaryPositions.of(10_000));
    assertThat(llama.isTieWordEmbeddings()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rope_scaling={rope_type: llama3, factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64}",
        "rope_scaling={type: llama3, factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_max_position_embeddings: 64}",
        "rope_parameters={rope_type: llama3, factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64}"
      })
  void rotaryPositionsAreSpelledAsInEitherConfigJson(String scaling) {
    assertThat(sizes("architecture=llama", "n_head=4", scaling).getRotary())
        .isEqualTo(
            RotaryPositions.builder()
                .theta(10_000)
                .scaling(Scaling.LLAMA3)
                .factor(8)
                .lowFrequencyFactor(1)
                .highFrequencyFactor(4)
                .originalPositions(64)
                .build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2 | rope_theta=5.0e5 | rope_theta",
        "llama | position_embedding=none | position_embedding",
        "gpt2 | rope_scaling={rope_type: linear, factor: 2} | rope_scaling",
        "gpt2 | rope_parameters={rope_type: linear, factor: 2} | rope_parameters",
        "gpt2 | num_key_value_heads=2 | num_key_value_heads",
        "gpt2 | head_dim=8 | head_dim",
        "gpt2 | attention_bias=true | attention_bias",
        "gpt2 | mlp_bias=true | mlp_bias",
        "gpt2 | sliding_window=32 | sliding_window",
        "llama | position_embedding=orthogonal | position_embedding",
        "llama | scale_attn_weights=false | scale_attn_weights",
        "llama | scale_attn_by_inverse_layer_idx=true | scale_attn_by_inverse_layer_idx",
        "llama | sliding_window=32 | sliding_window",
        "mistral | attention_bias=true | attention_bias",
        "mistral | mlp_bias=true | mlp_bias",
        "qwen2 | attention_bias=true | attention_bias",
        "qwen2 | mlp_bias=true | mlp_bias",
        "qwen2 | sliding_window=32 | sliding_window",
        "qwen3 | mlp_bias=true | mlp_bias",
        "qwen3 | sliding_window=32 | sliding_window",
        "qwen3 | position_embedding=sinusoidal | position_embedding"
      })
  void refusesKeysThatTheArchitectureDoesNotHave(String architecture, String setting, String key) {
    assertThatThrownBy(() -> sizes("architecture=" + architecture, setting))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`" + key + "` is no key of `architecture: " + architecture + "`");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2 | rope_theta=10000",
        "gpt2 | num_key_value_heads=4",
        "gpt2 | head_dim=16",
        "gpt2 | sliding_window=null",
        "gpt2 | attention_bias=false",
        "llama | position_embedding=normal",
        "llama | position_embedding=rotary",
        "llama | scale_attn_weights=true"
      })
  void takesSuchAKeyAtItsDefault(String architecture, String setting) {
    assertThat(sizes("architecture=" + architecture, setting))
        .isEqualTo(
            sizes("architecture=" + architecture).toBuilder()
                .nKvHead(setting.startsWith("num_key_value_heads") ? 4 : null)
                .headDim(setting.startsWith("head_dim") ? 16 : null)
                .build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "architecture=opt | must be one of gpt2, llama, mistral, qwen2, qwen3, but is opt",
        "hidden_act=swish | must be one of gelu_new, gelu_pytorch_tanh, gelu, relu, silu",
        "hidden_size=30 | `hidden_size` needs a multiple of `n_head` (4) but is 30",
        "hidden_size=wide | `hidden_size` needs a whole number",
        "hidden_size=20 | head_dim must be even, for rotary positions, but is 5",
        "num_key_value_heads=3 | num_attention_heads must be a multiple of num_key_value_heads, 3",
        "num_key_value_heads=0 | num_key_value_heads must be at least 1",
        "head_dim=7 | head_dim must be even",
        "rope_theta=0 | rope_theta must be above 0",
        "rms_norm_eps=0 | rms_norm_eps must be above 0",
        "intermediate_size=0 | intermediate_size must be at least 1",
        "rope_scaling=linear | `rope_scaling` needs a mapping of keys to values but is \"linear\"",
        "rope_parameters=linear | `rope_parameters` needs a mapping",
        "rope_scaling={rope_type: yarn, factor: 2} | `rope_scaling.rope_type` needs one of default, linear, llama3 but is",
        "rope_scaling={factor: 2} | `rope_scaling.rope_type` is missing",
        "rope_scaling={rope_type: linear} | `rope_scaling.factor` is missing",
        "rope_scaling={rope_type: linear, factor: -2} | factor of the rotary positions must be",
        "rope_scaling={rope_type: linear, factor: 2, low_freq_factor: 1} | `rope_scaling.low_freq_factor` is no key of `rope_type: linear`",
        "rope_scaling={rope_type: linear, facter: 2} | Did you mean `factor`?",
        "rope_parameters={rope_type: linear, facter: 2} | `rope_parameters.facter`"
      })
  void refusesValuesByName(String setting, String message) {
    assertThatThrownBy(() -> sizes("architecture=llama", setting))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void gpt2MayHaveOtherPositionsThanATable() {
    assertThat(sizes("position_embedding=orthogonal").hasPositionTable()).isTrue();
    assertThat(sizes("position_embedding=none"))
        .isEqualTo(sizes().toBuilder().noPositions(true).build());
    assertThat(sizes("position_embedding=rotary", "rope_theta=500"))
        .isEqualTo(sizes().toBuilder().rotary(RotaryPositions.of(500)).build());
    assertThatThrownBy(() -> sizes("position_embedding=rotary", "n_embd=20"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("head_dim must be even, for rotary positions, but is 5");
    assertThatThrownBy(() -> sizes("position_embedding=alibi"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("position_embedding", "alibi", "rotary", "none");
  }

  @Test
  void leavesTheArchitectureOfAModelDirectoryAlone() {
    TrainingConfig config = file("model_id=llama", "rope_theta=5.0e5").toTrainingConfig();

    assertThat(config.isFromScratch()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{architecture: gpt2, scale_attn_weights: false, scale_attn_by_inverse_layer_idx: true, activation_function: relu, n_inner: 9}",
        "{architecture: llama, num_key_value_heads: 1, head_dim: 6, attention_bias: true, mlp_bias: true, rope_theta: 5.0e5, tie_word_embeddings: false}",
        "{architecture: llama, rope_parameters: {rope_theta: 500, rope_type: llama3, factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64}}",
        "{architecture: gpt2, position_embedding: rotary, rope_parameters: {rope_theta: 50, type: linear, factor: 2}}",
        "{architecture: gpt2, position_embedding: none}",
        "{architecture: mistral, sliding_window: 32, rope_scaling: {type: linear, factor: 2}}",
        "{architecture: qwen2, hidden_act: gelu_pytorch_tanh, rms_norm_eps: 1.0e-3}",
        "{architecture: Qwen3, attention_bias: true}"
      })
  void readsBackWhatItWrites(String keys, @TempDir Path directory) throws IOException {
    TrainingConfig config =
        ConfigFile.parse("run.yaml", keys).set("method=cot").set("train_path=x").toTrainingConfig();

    Path written = directory.resolve("config.yaml");
    ConfigFile.write(config, written);

    TrainingConfig read = ConfigFile.read(written).toTrainingConfig();
    assertThat(read).isEqualTo(config);
    assertThat(read.scratchArchitecture(TOKENS)).isEqualTo(config.scratchArchitecture(TOKENS));
  }
}
