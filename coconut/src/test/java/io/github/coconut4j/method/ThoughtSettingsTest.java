package io.github.coconut4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThoughtSettingsTest {

  /** The table of the published implementation's get_cot_latent_dataset, c_thought 2, max 3. */
  @ParameterizedTest
  @CsvSource({
    // stage, steps, pad, skipped, training thoughts, prompt thoughts
    "0, 5, true, 0, 0, 0",
    "1, 5, true, 1, 2, 2",
    "3, 5, true, 3, 6, 6",
    "4, 5, true, 5, 6, 6",
    "4, 2, true, 2, 6, 6",
    "3, 2, true, 2, 6, 6",
    "4, 2, false, 2, 4, 4",
    "4, 5, false, 5, 6, 6",
    "3, 2, false, 2, 6, 4",
  })
  void coconut(int stage, int steps, boolean pad, int skipped, int training, int prompt) {
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(Method.COCONUT)
            .cThought(2)
            .maxLatentStage(3)
            .padLatentToMax(pad)
            .build();

    assertThat(settings.skippedSteps(stage, steps)).isEqualTo(skipped);
    assertThat(settings.trainingThoughts(stage, steps)).isEqualTo(training);
    assertThat(settings.promptThoughts(stage, steps)).isEqualTo(prompt);
  }
}
