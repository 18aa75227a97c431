package io.github.coconut4j.model.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DevicesTest {

  private static final Backend CPU = Backends.named("onednn");

  /** A backend of GPUs which cannot be used for a reason, or can. */
  private static Backend gpu(String reason) {
    return new BackendsTest.Unavailable() {
      @Override
      public DeviceChoice deviceKind() {
        return DeviceChoice.CUDA;
      }

      @Override
      public String deviceDescription() {
        return "a card (compute capability 9.0)";
      }

      @Override
      public Optional<String> unavailableReason() {
        return Optional.ofNullable(reason);
      }
    };
  }

  @AfterEach
  void chooseAgain() {
    Devices.choose(DeviceChoice.AUTO);
  }

  @Test
  void theReasonIsSaidInALine() {
    assertThat(Devices.report(List.of(gpu("its fan stands"), CPU), DeviceChoice.AUTO))
        .hasValue("Device: cpu, since its fan stands.");
    assertThat(Devices.report(List.of(gpu(null), CPU), DeviceChoice.AUTO))
        .hasValue("Device: cuda, a card (compute capability 9.0).");
    assertThat(Devices.report(List.of(gpu(null), CPU), DeviceChoice.CPU))
        .hasValue("Device: cpu, as chosen.");
    assertThat(Devices.report(List.of(CPU), DeviceChoice.AUTO)).isEmpty();
  }

  @Test
  void oneGpuThatCanBeUsedIsEnough() {
    assertThat(Devices.problem(List.of(gpu("no"), gpu(null), CPU))).isEmpty();
    assertThat(Devices.problem(List.of(gpu("first"), gpu("second")))).hasValue("first");
  }

  @Test
  void cudaWithoutItsModuleIsRefused() {
    assertThatThrownBy(() -> Devices.choose(DeviceChoice.CUDA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("cuda", "coconut-cuda is not on the class path", "device cpu");
    assertThat(Backends.best().name()).isEqualTo("onednn");
  }

  @ParameterizedTest
  @EnumSource(
      value = DeviceChoice.class,
      names = {"AUTO", "CPU"})
  void theProcessorIsChosen(DeviceChoice choice) {
    Devices.choose(choice);
    assertThat(Backends.best().name()).isEqualTo("onednn");
    assertThat(Backends.bestFused().name()).isEqualTo("onednn");
    assertThat(Devices.allow(gpu(null))).isEqualTo(choice == DeviceChoice.AUTO);
  }
}
