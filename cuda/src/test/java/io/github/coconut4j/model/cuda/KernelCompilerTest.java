package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What NVRTC compiles the kernels for. */
@OnCudaShim
class KernelCompilerTest {

  @ParameterizedTest
  @CsvSource({
    "90, sm_90", // known
    "89, sm_86", // of a known major version
    "125, sm_120",
    "130, compute_120", // of an unknown one
    "70, sm_70" // older than all: NVRTC says so
  })
  void newerGpusRunWhatNvrtcKnows(int capability, String architecture) {
    assertThat(KernelCompiler.architecture(capability, 75, 80, 86, 90, 120))
        .isEqualTo(architecture);
  }

  @ParameterizedTest
  @ValueSource(ints = {90, 130})
  void theDriverLoadsWhatWasCompiled(int capability) {
    String kernel = "extern \"C\" __global__ void none(int x) {}";
    byte[] image = KernelCompiler.compile(kernel, capability);
    DriverGpu gpu = new DriverGpu(0);
    try {
      gpu.load(image);
      gpu.launch("none", Grid.elements(1), 3);
      gpu.synchronize();
    } finally {
      gpu.close();
    }
  }
}
