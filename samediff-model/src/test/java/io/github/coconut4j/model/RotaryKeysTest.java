package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.RotaryPositions.Scaling;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two spellings of rotary positions in Hugging Face's files. */
class RotaryKeysTest {

  @TempDir Path directory;

  @Test
  void readsBothSpellings() throws IOException {
    TransformerConfig old =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> {
              json.put("model_type", "llama");
              json.set("rope_scaling", LlamaConfigs.tree("{\"type\": \"linear\", \"factor\": 4}"));
            });
    TransformerConfig fresh =
        LlamaConfigs.read(
            directory,
            LlamaConfigs.TINY,
            json -> {
              json.put("model_type", "llama").remove("rope_theta");
              json.set(
                  "rope_parameters",
                  LlamaConfigs.tree(
                      "{\"rope_type\": \"linear\", \"factor\": 4, \"rope_theta\": 500}"));
            });

    assertThat(old).isEqualTo(fresh);
    assertThat(old.getRotary().getScaling()).isEqualTo(Scaling.LINEAR);
    assertThat(old.getRotary().frequencies(4)[0]).isEqualTo(0.25);
  }

  /** Hugging Face's library reads one spelling up to version 4, the other since. */
  @Test
  void refusesSpellingsThatDiffer() throws IOException {
    String linear = "{\"rope_type\": \"linear\", \"factor\": 4}";
    TransformerConfig same =
        LlamaConfigs.read(directory, LlamaConfigs.TINY, json -> rotary(json, linear, linear));
    assertThat(same.getRotary().getScaling()).isEqualTo(Scaling.LINEAR);
    assertThat(LlamaConfigs.read(directory, LlamaConfigs.TINY, json -> rotary(json, "{}", linear)))
        .isEqualTo(same);
    assertThat(LlamaConfigs.read(directory, LlamaConfigs.TINY, json -> rotary(json, linear, "{}")))
        .isEqualTo(same);
    assertThat(
            LlamaConfigs.read(directory, LlamaConfigs.TINY, json -> rotary(json, "null", linear)))
        .isEqualTo(same);

    assertThatThrownBy(
            () ->
                LlamaConfigs.read(
                    directory,
                    LlamaConfigs.TINY,
                    json -> rotary(json, "{\"rope_type\": \"default\"}", linear)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("rope_scaling must be what rope_parameters says", "linear");
  }

  private static void rotary(ObjectNode json, String fresh, String old) {
    json.put("model_type", "llama");
    json.set("rope_parameters", LlamaConfigs.tree(fresh));
    json.set("rope_scaling", LlamaConfigs.tree(old));
  }
}
