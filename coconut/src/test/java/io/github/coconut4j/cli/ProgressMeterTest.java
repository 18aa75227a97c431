package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressMeterTest {

  private final StringWriter errors = new StringWriter();

  private ProgressMeter meter(Duration interval) {
    return new ProgressMeter("evaluate", 0, 500, new PrintWriter(errors, true), interval);
  }

  @Test
  void saysHowManyAnswersThereAre() {
    try (ProgressMeter meter = meter(Duration.ZERO)) {
      EvaluationProgress progress = new EvaluationProgress(meter);
      progress.written(7, 1);
      progress.completed(7);
      progress.completed(3);
    }

    assertThat(errors.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).matches("evaluate: 1/500, \\d+:\\d\\d left"),
            line -> assertThat(line).matches("evaluate: 2/500, \\d+:\\d\\d left"));
  }

  @Test
  void isSilentWithinTheInterval() {
    try (ProgressMeter meter = meter(Duration.ofHours(1))) {
      meter.advanceTo(1, "loss 3");
    }

    assertThat(errors.toString()).isEmpty();
  }
}
