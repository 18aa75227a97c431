package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.config.LrSchedule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarmupScheduleTest {

  @ParameterizedTest
  @CsvSource({
    "CONSTANT, 0, 0.1",
    "CONSTANT, 9, 1.0",
    "CONSTANT, 99, 1.0",
    "LINEAR, 10, 1.0",
    "LINEAR, 55, 0.5",
    "LINEAR, 100, 0.0",
    "LINEAR, 200, 0.0",
    "COSINE, 4, 0.5",
    "COSINE, 10, 1.0",
    "COSINE, 55, 0.5",
    "COSINE, 40, 0.75",
    "COSINE, 100, 0.0",
  })
  void risesAndFalls(LrSchedule shape, int iteration, double rate) {
    WarmupSchedule schedule =
        WarmupSchedule.builder().peak(1).warmupSteps(10).totalSteps(100).shape(shape).build();

    assertThat(schedule.valueAt(iteration, 0)).isCloseTo(rate, within(1e-12));
  }
}
