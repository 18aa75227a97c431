package io.github.coconut4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HaltingCommandTest {

  @Test
  void whereNoThoughtIsNeedlessNoneCanBeSaved() {
    assertThat(HaltingCommand.savedOfNeedless(12, 6, 4)).isEqualTo(0.75);
    assertThat(HaltingCommand.savedOfNeedless(4, 4, 4)).isNull();
    assertThat(HaltingCommand.savedOfNeedless(3, 3, 4)).isNull();
  }
}
