package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaBackendTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Tesla K80, 3.7",
        "Tesla V100-SXM2-16GB, 7.0",
        "NVIDIA A100-SXM4-80GB, 8.0",
        "NVIDIA GeForce RTX 4090, 8.9"
      })
  void gpusOfServedCapabilitiesAreUsed(String gpu) {
    assertThat(new CudaBackend(List.of(gpu)).problem()).isEmpty();
    assertThat(new CudaBackend(List.of("NVIDIA H100 80GB HBM3, 9.0", gpu)).problem()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NVIDIA H100 80GB HBM3, 9.0",
        "NVIDIA B200, 10.0",
        "Tesla K40m, 3.5",
        "odd, [N/A]"
      })
  void othersAreNamed(String gpu) {
    assertThat(new CudaBackend(List.of(gpu)).problem())
        .get()
        .asString()
        .contains("3.7 to 8.9", "found " + gpu, "COCONUT4J_BACKEND");
  }

  @Test
  void withoutAGpuThereIsNone() {
    assertThat(new CudaBackend(List.of()).problem()).get().asString().contains("no GPU");
  }
}
