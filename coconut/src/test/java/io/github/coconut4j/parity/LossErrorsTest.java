package io.github.coconut4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LossErrorsTest {

  private static LossErrors errors(
      double loss, Map<String, List<Double>> terms, double theirLoss, String theirTerms) {
    try {
      Map<String, JsonNode> losses = new TreeMap<>();
      if (theirTerms != null) {
        JsonMapper.builder()
            .build()
            .readTree(theirTerms)
            .properties()
            .forEach(term -> losses.put(term.getKey(), term.getValue()));
      }
      return LossErrors.of(
          loss,
          terms,
          ParityCase.builder().loss(theirLoss).losses(theirTerms == null ? null : losses).build());
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void areRelativeAboveOneAndAbsoluteBelow() {
    assertThat(errors(11, Map.of(), 10, null).getLargest()).isCloseTo(0.1, within(1e-12));
    assertThat(errors(0.2, Map.of(), 0.1, null).getLargest()).isCloseTo(0.1, within(1e-12));
    assertThat(errors(1, Map.of(), 1, null).getTerms()).isNull();
  }

  @Test
  void aListCountsByItsWorstAndSkipsNull() {
    LossErrors errors =
        errors(
            1,
            Map.of("step", List.of(0.5), "step_latents", List.of(0.1, 7.0, 0.4)),
            1,
            "{\"step\": 0.5, \"step_latents\": [0.1, null, 0.1]}");

    assertThat(errors.getTerms()).containsOnlyKeys("step", "step_latents");
    assertThat(errors.getTerms().get("step")).isZero();
    assertThat(errors.getTerms().get("step_latents")).isCloseTo(0.3, within(1e-12));
    assertThat(errors.getLargest()).isCloseTo(0.3, within(1e-12));
  }

  @Test
  void whatIsNoNumberOnEitherSideIsNaN() {
    Map<String, List<Double>> terms = Map.of("a", List.of(1.0), "b", List.of(Double.NaN, 1.0));

    assertThat(errors(Double.POSITIVE_INFINITY, terms, 1, null).getLargest()).isNaN();
    assertThat(errors(1, terms, Double.NaN, null).getLargest()).isNaN();
    assertThat(errors(1, terms, 1, "{\"a\": \"one\"}").getLargest()).isNaN();
    assertThat(errors(1, terms, 1, "{\"a\": 1, \"b\": [1, 1]}").getLargest()).isNaN();
    assertThat(errors(1, terms, 1, "{\"a\": 1, \"b\": [1, 1]}").getTerms().get("b")).isNaN();
  }

  @Test
  void termsThatAreNotComputedAreRefused() {
    Map<String, List<Double>> terms = Map.of("a", List.of(1.0));

    assertThatThrownBy(() -> errors(1, terms, 1, "{\"kd\": 1}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("losses.kd");
    assertThatThrownBy(() -> errors(1, terms, 1, "{\"a\": [1, 2]}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("losses.a");
  }
}
