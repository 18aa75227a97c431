package io.github.coconut4j.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.quickstart.QuickstartRecipe;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The recipe trains the quickstart's model on, on the same problems. */
class MixedStagesRecipeTest {

  @Test
  void itMixesStagesIntoTheQuickstartsTraining() throws IOException {
    TrainingConfig mixed =
        ConfigFile.read(Path.of("../recipes/mixed-stages.yaml")).toTrainingConfig();
    TrainingConfig quickstart = QuickstartRecipe.bundled(1L).getMethods().get("coconut");

    assertThat(mixed.getMethod()).isEqualTo(Method.COCONUT);
    assertThat(mixed.getModelId()).isEqualTo("quickstart/coconut/model");
    assertThat(mixed.getUniformProb()).isGreaterThan(0);
    assertThat(mixed.getTrainPath()).isEqualTo(quickstart.getTrainPath());
    assertThat(mixed.getValPath()).isEqualTo(quickstart.getValPath());
    assertThat(mixed.getMaxLatentStage()).isEqualTo(quickstart.getMaxLatentStage());
  }
}
