package io.github.coconut4j.model.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Every backend that computes AdamW itself has these bits, and a resumed run has them again. */
class AdamWCoefficientsTest {

  private static AdamWCoefficients coefficients(int step) {
    return AdamWCoefficients.of(
        OptimizerStep.Settings.builder()
            .learningRate(1e-3)
            .weightDecay(0.01)
            .gradientFactor(0.25)
            .step(step)
            .build());
  }

  /** Bits are those of the formulas in IEEE arithmetic, computed by Python. */
  @Test
  void bitsStayTheSame() {
    assertThat(coefficients(1))
        .isEqualTo(
            new AdamWCoefficients(
                0.9f, 0.999f, 1e-8f, 0.25f, 0x1.fffebp-1f, 0x1.47ae1p-7f, 0x1.f9f7bap+4f));
    assertThat(coefficients(3))
        .isEqualTo(
            new AdamWCoefficients(
                0.9f, 0.999f, 1e-8f, 0.25f, 0x1.fffebp-1f, 0x1.e3a912p-9f, 0x1.244446p+4f));
    assertThat(coefficients(1000))
        .isEqualTo(
            new AdamWCoefficients(
                0.9f, 0.999f, 1e-8f, 0.25f, 0x1.fffebp-1f, 0x1.0624dep-10f, 0x1.41f14ep+0f));
  }

  @Test
  void settingsAreRequired() {
    assertThatThrownBy(() -> AdamWCoefficients.of(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("settings");
  }
}
