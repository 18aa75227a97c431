package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.LoggedEvents;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run says which keys have no effect, since they describe a model from scratch. */
class ScratchKeysTest {

  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z_]+)` \\| [^|]+ \\| \\*scratch\\*", Pattern.MULTILINE);

  private static TrainingConfig.TrainingConfigBuilder of(Method method) {
    return TrainingConfig.builder().method(method).trainPath("train.json").modelId("gpt2");
  }

  private static List<String> said(TrainingConfig config) {
    try (LoggedEvents log = LoggedEvents.of(ScratchKeys.class)) {
      ScratchKeys.warnOfIgnored(config);
      return log.messages();
    }
  }

  @Test
  void theirNamesAreThoseOfThePage() throws IOException {
    String page = Files.readString(Path.of("../docs/Configuration.md"));

    assertThat(ROW.matcher(page).results().map(row -> row.group(1)))
        .containsExactlyElementsOf(ScratchKeys.NAMES);
  }

  @Test
  void thoseThatHaveNoEffectAreNamed() {
    TrainingConfig config = of(Method.COCONUT).nLayer(5).attnPdrop(0.3).lr(1).build();

    assertThat(said(config))
        .singleElement()
        .asString()
        .contains("`model_id: gpt2`, whose config.json decides: n_layer, attn_pdrop.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"scratch", "gpt2"})
  void aModelToContinueFromHasItsOwnValuesToo(String modelId) {
    TrainingConfig config =
        of(Method.COCONUT).modelId(modelId).loadModelPath("runs/a/model").nLayer(5).build();

    assertThat(said(config))
        .singleElement()
        .asString()
        .contains("`load_model_path: runs/a/model`, whose config.json decides: n_layer.");
  }

  @ParameterizedTest
  @EnumSource
  void defaultsAreNot(Method method) {
    assertThat(said(of(method).build())).isEmpty();
  }

  @Test
  void aModelFromScratchHasThem() {
    assertThat(said(of(Method.COT).modelId("scratch").nLayer(5).build())).isEmpty();
  }
}
