package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoconutConfigTest {

  @TempDir private Path directory;

  private static CoconutConfig config() {
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(Method.COCONUT)
            .cThought(2)
            .maxLatentStage(3)
            .padLatentToMax(true)
            .icotTokensPerStage(8)
            .build();
    SpecialTokenIds tokens =
        SpecialTokenIds.builder().startLatent(1).endLatent(2).latent(3).eos(0).build();
    return CoconutConfig.of(settings, 4, tokens);
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    config().write(directory);

    assertThat(CoconutConfig.read(directory)).isEqualTo(config());
    assertThat(config().getDefaultLatents()).isEqualTo(6);
  }

  /** Files of every released format stay readable. */
  @Test
  void readsTheFirstFormat() throws IOException {
    Files.writeString(
        directory.resolve(CoconutConfig.FILE),
        """
        {"version": 1, "method": "coconut", "c_thought": 2, "max_latent_stage": 3,
         "pad_latent_to_max": true, "icot_tokens_per_epoch": 8, "stage": 4, "default_latents": 6,
         "special_tokens":
           {"start_latent": 1, "end_latent": 2, "latent": 3, "pause": null, "eos": 0}}
        """);

    assertThat(CoconutConfig.read(directory)).isEqualTo(config());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"version\": 1}",
        "{\"version\": 2, \"method\": \"cot\"}",
        "{\"version\": 1, \"method\": \"magic\", \"special_tokens\": {\"eos\": 0}}"
      })
  void refusesOtherContent(String content) throws IOException {
    Files.writeString(directory.resolve(CoconutConfig.FILE), content);

    assertThatThrownBy(() -> CoconutConfig.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(CoconutConfig.FILE);
  }
}
