package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.OnNonfinite;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ResumeCheckTest {

  private static String yaml(TrainingConfig config) {
    return ConfigFile.toYaml(config);
  }

  @Test
  void aKeyThatCameLaterHasItsDefault() {
    TrainingConfig config = TinyRuns.of(Method.COCONUT).build();
    String older =
        yaml(config)
            .lines()
            .filter(line -> !line.startsWith("position_embedding") && !line.startsWith("precision"))
            .collect(Collectors.joining("\n"));

    assertThatCode(() -> ResumeCheck.configuration(older, config)).doesNotThrowAnyException();
  }

  @Test
  void aChangedKeyIsNamedWithBothValues() {
    TrainingConfig config = TinyRuns.of(Method.COCONUT).build();

    assertThatThrownBy(
            () ->
                ResumeCheck.configuration(
                    yaml(config), config.toBuilder().batchSizeTraining(7).build()))
        .hasMessageContaining("`batch_size_training` was 4 and is now 7");
  }

  @Test
  void anArchitectureAndItsKeysStay() {
    TrainingConfig config =
        TinyRuns.of(Method.COCONUT).architecture(Architecture.LLAMA).numKeyValueHeads(1).build();

    assertThatThrownBy(
            () ->
                ResumeCheck.configuration(
                    yaml(config),
                    config.toBuilder().architecture(Architecture.QWEN2).ropeTheta(500).build()))
        .hasMessageContaining("`architecture` was \"llama\" and is now \"qwen2\"")
        .hasMessageContaining("`rope_theta` was 10000.0 and is now 500.0");
    assertThatCode(() -> ResumeCheck.configuration(yaml(config), config))
        .doesNotThrowAnyException();
  }

  @Test
  void whatComputesTheSameMayChange() {
    TrainingConfig config = TinyRuns.of(Method.COCONUT).build();
    TrainingConfig free =
        config.toBuilder()
            .savePath("elsewhere")
            .name("other")
            .threads(7)
            .onNonfinite(OnNonfinite.SKIP)
            .checkpointEverySteps(7)
            .checkpointEveryMinutes(7.0)
            .keepCheckpoints(7)
            .build();

    assertThatCode(() -> ResumeCheck.configuration(yaml(config), free)).doesNotThrowAnyException();
  }
}
