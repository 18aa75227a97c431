package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sliding windows, which bound the sequence: shorter ones are not computed. */
class SlidingWindowTest {

  @TempDir Path directory;

  @Test
  void aSlidingWindowBoundsTheSequence() throws IOException {
    TransformerConfig mistral =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> json.put("model_type", "mistral").put("sliding_window", 9));
    assertThat(mistral.longestSequence()).isEqualTo(9);
    assertThat(mistral.sequenceBound()).isEqualTo("9 positions (sliding_window)");

    TransformerConfig off =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json ->
                json.put("model_type", "qwen2")
                    .put("sliding_window", 9)
                    .put("use_sliding_window", false));
    assertThat(off.longestSequence()).isEqualTo(40);
    assertThat(off.sequenceBound()).isEqualTo("40 positions (max_position_embeddings)");

    TransformerConfig unbounded =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> json.put("model_type", "mistral").putNull("sliding_window"));
    assertThat(unbounded.longestSequence()).isEqualTo(40);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "true  | 9    | 0  | ['full_attention']    |",
        "true  | 9    | 28 | ['sliding_attention'] | 9",
        "true  | 9    | 0  | null                  | 9",
        "true  | 9    | 1  | null                  |",
        "true  | null | 0  | null                  |",
        "false | 9    | 0  | ['full_attention']    |",
      })
  void qwensWindowIsThatOfItsLayers(
      boolean uses, String window, int fullLayers, String types, Integer expected)
      throws IOException {
    assertThat(qwen(uses, window, fullLayers, types).getSlidingWindow()).isEqualTo(expected);
  }

  private TransformerConfig qwen(boolean uses, String window, int fullLayers, String types)
      throws IOException {
    return LlamaConfigs.read(
        directory,
        LlamaConfigs.TINY,
        json -> {
          json.put("model_type", "qwen2").put("use_sliding_window", uses);
          json.set("sliding_window", LlamaConfigs.tree(window));
          json.put("max_window_layers", fullLayers);
          json.set("layer_types", LlamaConfigs.tree(types.replace('\'', '"')));
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "true  | ['full_attention', 'sliding_attention'] | or sliding_attention of all",
        "true  | ['chunked_attention']                   | chunked_attention",
        "true  | []                                      | []",
        "true  | 'sliding_attention'                     | layer_types",
        "false | ['sliding_attention']                   | without a sliding window",
      })
  void refusesLayersThatAreNotComputed(boolean uses, String types, String message) {
    assertThatThrownBy(() -> qwen(uses, "9", 0, types))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("layer_types must be full_attention of all layers", message);
  }
}
