package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Weights of Llama and of the architectures after it, in files of their own names. */
class LlamaWeightsTest {

  @TempDir Path directory;

  /** Of a Qwen3 that was saved by transformers, in its order. */
  @Test
  void namesParametersAsHuggingFaceDoes() throws IOException {
    assertThat(Weights.names(LlamaConfigs.tiny(directory, "qwen3")))
        .containsExactly(
            "model.embed_tokens.weight",
            "model.layers.0.self_attn.q_proj.weight",
            "model.layers.0.self_attn.k_proj.weight",
            "model.layers.0.self_attn.v_proj.weight",
            "model.layers.0.self_attn.o_proj.weight",
            "model.layers.0.self_attn.q_norm.weight",
            "model.layers.0.self_attn.k_norm.weight",
            "model.layers.0.mlp.gate_proj.weight",
            "model.layers.0.mlp.up_proj.weight",
            "model.layers.0.mlp.down_proj.weight",
            "model.layers.0.input_layernorm.weight",
            "model.layers.0.post_attention_layernorm.weight",
            "model.norm.weight",
            "lm_head.weight");
    assertThat(Weights.names(LlamaConfigs.tiny(directory, "qwen2")))
        .contains("model.layers.0.self_attn.v_proj.bias")
        .doesNotContain("model.layers.0.self_attn.o_proj.bias");
  }

  @Test
  void readsWeightsInTheFilesOrientation() throws IOException {
    TransformerConfig config = LlamaConfigs.tiny(directory, "llama");
    Weights weights = Weights.initial(config, 3);
    weights.write(directory);

    Weights read = Weights.read(directory, config);
    EqualArrays.assertEqual(read, weights);
    assertThat(read.get("model.layers.0.mlp.down_proj.weight").shape()).containsExactly(12, 7);
    assertThat(read.outputTable()).isNotSameAs(read.tokenTable());
  }

  @Test
  void leavesRotaryBuffersOfOldFilesOut() throws IOException {
    TransformerConfig config = LlamaConfigs.tiny(directory, "llama");
    Map<String, INDArray> stored = new LinkedHashMap<>(Weights.initial(config, 3).asMap());
    stored.put("model.layers.0.self_attn.rotary_emb.inv_freq", Nd4j.ones(2));
    write(stored);

    assertThat(Weights.read(directory, config).asMap()).hasSize(stored.size() - 1);
  }

  @Test
  void refusesAHeadThatIsNeitherTiedNorStored() throws IOException {
    TransformerConfig config = LlamaConfigs.tiny(directory, "llama");
    Map<String, INDArray> stored = new LinkedHashMap<>(Weights.initial(config, 3).asMap());
    stored.remove("lm_head.weight");
    write(stored);

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("lm_head.weight", "tie_word_embeddings");
  }

  @Test
  void refusesATiedHeadOfItsOwn() throws IOException {
    TransformerConfig config = LlamaConfigs.tiny(directory, "llama");
    write(Weights.initial(config, 3).asMap());

    TransformerConfig tied = config.toBuilder().tieWordEmbeddings(true).build();
    assertThatThrownBy(() -> Weights.read(directory, tied))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("lm_head.weight", "tie_word_embeddings");
  }

  @Test
  void refusesShapesThatDisagreeWithTheConfiguration() throws IOException {
    TransformerConfig config = LlamaConfigs.tiny(directory, "llama");
    Weights.initial(config, 3).write(directory);

    TransformerConfig other = config.toBuilder().nKvHead(4).build();
    assertThatThrownBy(() -> Weights.read(directory, other))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("k_proj.weight [8, 12] instead of [16, 12]");
  }

  private void write(Map<String, INDArray> stored) throws IOException {
    SafetensorsWriter.write(directory.resolve("model.safetensors"), stored, Map.of());
  }
}
