package io.github.coconut4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Limits that no request could keep are refused when they are built, not by every request. */
class ServerLimitsTest {

  static Stream<UnaryOperator<ServerLimits.ServerLimitsBuilder>> outOfRange() {
    return Stream.of(
        limits -> limits.answer(Duration.ZERO),
        limits -> limits.answer(Duration.ofDays(400)),
        limits -> limits.answer(null),
        limits -> limits.arrival(Duration.ZERO),
        limits -> limits.arrival(null),
        limits -> limits.stop(Duration.ofSeconds(-1)),
        limits -> limits.stop(Duration.ofDays(200_000)),
        limits -> limits.bodyBytes(3),
        limits -> limits.connections(0));
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void valuesOutOfRangeAreRefused(UnaryOperator<ServerLimits.ServerLimitsBuilder> change) {
    ServerLimits.ServerLimitsBuilder limits = change.apply(ServerLimits.builder());
    assertThatThrownBy(limits::build).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aServerMayStopAtOnce() {
    assertThat(ServerLimits.builder().stop(Duration.ZERO).build().getStop()).isZero();
  }
}
