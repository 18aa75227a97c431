package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.generate.GenerationOptions.GenerationOptionsBuilder;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationOptionsTest {

  private static void assertRefused(String option, UnaryOperator<GenerationOptionsBuilder> change) {
    assertThatThrownBy(() -> change.apply(GenerationOptions.builder()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(option + " needs to be");
  }

  /** Also where nothing is drawn: a wrong value is a mistake that the next run would meet. */
  @ParameterizedTest
  @ValueSource(doubles = {0, -0.5, 1.0000001, 2, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesATopPThatIsNoShare(double topP) {
    assertRefused("top-p", options -> options.topP(topP));
    assertRefused("top-p", options -> options.topP(topP).temperature(1));
    assertThatThrownBy(() -> new NucleusSampler(1, topP, 1)).hasMessageContaining("top-p");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void refusesATemperatureOutOfRange(double temperature) {
    assertRefused("temperature", options -> options.temperature(temperature));
    assertThatThrownBy(() -> new NucleusSampler(temperature, 1, 1))
        .hasMessageContaining("temperature");
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertRefused("max-new-tokens", options -> options.maxNewTokens(0));
    assertRefused("batch", options -> options.batchSize(-3));
    assertRefused("latents", options -> options.latents(-1));
  }

  @Test
  void takesTheEndsOfTheRanges() {
    GenerationOptions options =
        GenerationOptions.builder()
            .topP(Double.MIN_VALUE)
            .temperature(Double.MIN_VALUE)
            .maxNewTokens(Integer.MAX_VALUE)
            .batchSize(Integer.MAX_VALUE)
            .latents(0)
            .build();

    assertThat(options.sampler().next(new float[] {1, 3, 2}, 0)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "data/gsm_valid.json, 64",
    "gsm8k.jsonl, 64",
    "prosqa:8:1+data/gsm_valid.json, 64",
    "gsm-work/prosqa_valid.json, 128",
    "gsm8k/runs/prosqa_valid.json+prosqa:8:1, 128",
    "prosqa:8:1, 128",
    ", 128"
  })
  void theNamesOfFilesTellThePublishedLimit(String data, int limit) {
    assertThat(GenerationOptions.newTokenLimit(data)).isEqualTo(limit);
  }
}
