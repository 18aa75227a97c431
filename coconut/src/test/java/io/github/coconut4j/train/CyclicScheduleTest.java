package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.config.LrSchedule;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CyclicScheduleTest {

  /** Cycles of 20, 60 and 120 updates, of which the first tenth is the warm-up. */
  private static final CyclicSchedule SCHEDULE =
      CyclicSchedule.of(
          TrainingConfig.builder()
              .method(Method.COCONUT)
              .trainPath("train.json")
              .stageSteps(List.of(80, 120))
              .cycles(List.of(0.1, 0.4, 1.0))
              .lr(1)
              .warmupSteps(20)
              .lrSchedule(LrSchedule.LINEAR)
              .build());

  @ParameterizedTest
  @CsvSource({
    "0, 0.5",
    "2, 1.0",
    "11, 0.5",
    "19, 0.055555",
    "20, 0.166666",
    "26, 1.0",
    "53, 0.5",
    "80, 0.083333",
    "92, 1.0",
    "146, 0.5",
    "200, 0.0",
  })
  void everyCycleRisesAndFallsForItself(int iteration, double rate) {
    assertThat(SCHEDULE.valueAt(iteration, 0)).isCloseTo(rate, within(1e-5));
  }
}
