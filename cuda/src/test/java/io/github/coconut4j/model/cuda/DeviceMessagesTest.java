package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The message if no GPU can be used, in separate processes with different libraries. */
@OnCudaShim
class DeviceMessagesTest {

  private static final List<String> ALL =
      List.of(
          "libcuda.so.1",
          "libcudart.so.13",
          "libnvrtc.so.13",
          "libcublasLt.so.13",
          "libcublas.so.13");

  @TempDir private Path directory;

  /** Prints the GPU, or why there is none. */
  public static final class FindGpu {

    private FindGpu() {}

    /** Without arguments. */
    public static void main(String[] args) {
      setProperty("coconut4j.cuda.gpu", System.getenv("GPU_NUMBER"));
      setProperty("coconut4j.cuda.turn", System.getenv("GPU_TURN"));
      CudaLibraries.Found found = CudaLibraries.find();
      System.out.println(
          found.problem() == null
              ? "GPU " + found.number() + ": " + found.description()
              : found.problem());
    }

    private static void setProperty(String name, String value) {
      if (value != null) {
        System.setProperty(name, value);
      }
    }
  }

  static Stream<Arguments> kinds() {
    return Stream.of(
        Arguments.of("a GPU", "", Map.of(), "compute capability 9.0"),
        Arguments.of("the first of two", "", Map.of("SHIM_DEVICES", "2"), "GPU 0: "),
        Arguments.of(
            "the second of two", "", Map.of("SHIM_DEVICES", "2", "GPU_NUMBER", "1"), "GPU 1: "),
        Arguments.of(
            "the fourth process on two",
            "",
            Map.of("SHIM_DEVICES", "2", "GPU_TURN", "3"),
            "GPU 1: "),
        Arguments.of(
            "the third of two",
            "",
            Map.of("SHIM_DEVICES", "2", "GPU_NUMBER", "2"),
            "coconut4j.cuda.gpu needs to be from 0 to 1 but is 2"),
        Arguments.of(
            "no driver", "libcuda.so.1", Map.of(), "libcuda.so.1.*580 series or newer.*--gpus all"),
        Arguments.of(
            "a driver of CUDA 12.4", "", Map.of("SHIM_DRIVER", "12040"), "CUDA 12\\.4.*580 series"),
        Arguments.of(
            "a driver beside another kernel module",
            "",
            Map.of("SHIM_INIT", "803"),
            "does not start.*restart the machine"),
        Arguments.of(
            "a driver that only serves to link programs",
            "",
            Map.of("SHIM_VERSION", "34"),
            "does not start.*stubs from LD_LIBRARY_PATH"),
        Arguments.of(
            "a driver without its module for memory",
            "",
            Map.of("SHIM_INIT", "999"),
            "does not start.*nvidia_uvm.*/dev/nvidia"),
        Arguments.of(
            "a driver that wants a licence",
            "",
            Map.of("SHIM_INIT", "102"),
            "does not start.*nvidia-smi"),
        Arguments.of(
            "GPUs whose NVSwitch is not started",
            "",
            Map.of("SHIM_INIT", "802"),
            "does not start.*nvidia-fabricmanager"),
        Arguments.of(
            "no GPU", "", Map.of("SHIM_DEVICES", "0"), "finds no GPU.*nvidia-smi.*--gpus all"),
        Arguments.of(
            "a driver that does not start without a GPU",
            "",
            Map.of("SHIM_INIT", "100"),
            "finds no GPU.*nvidia-smi and CUDA_VISIBLE_DEVICES"),
        Arguments.of(
            "a GPU that does not answer",
            "",
            Map.of("SHIM_ATTRIBUTE", "700"),
            "cuDeviceGetAttribute: CUDA_ERROR_ILLEGAL_ADDRESS.*nvidia-smi"),
        Arguments.of(
            "an old GPU", "", Map.of("SHIM_CAPABILITY", "70"), "7\\.5 \\(Turing\\).*with 7\\.0"),
        Arguments.of(
            "a GPU for one process, which it is",
            "",
            Map.of("SHIM_COMPUTE_MODE", "3"),
            "compute capability 9.0"),
        Arguments.of(
            "a GPU for one process, which is another",
            "",
            Map.of("SHIM_COMPUTE_MODE", "3", "SHIM_UNAVAILABLE", "1"),
            "which another process uses alone.*nvidia-smi -c.*device cpu"),
        Arguments.of(
            "a GPU for no process",
            "",
            Map.of("SHIM_COMPUTE_MODE", "2"),
            "whose compute mode .*nvidia-smi -c.* prohibits every use.*device cpu"),
        Arguments.of("no NVRTC", "libnvrtc.so.13", Map.of(), "NVRTC.*CUDA 13 toolkit"),
        Arguments.of("no cuBLAS", "libcublas.so.13", Map.of(), "cuBLAS.*CUDA 13 toolkit"),
        Arguments.of("no cuBLASLt", "libcublasLt.so.13", Map.of(), "cuBLAS.*CUDA 13 toolkit"),
        Arguments.of(
            "cuBLAS 12 under its name",
            "",
            Map.of("SHIM_CUBLAS", "120900"),
            "version 120900.*CUDA 13 toolkit"));
  }

  /** A missing library is replaced by an unreadable file, since the machine may have another. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("kinds")
  void theReasonAndTheRemedyAreOneLine(
      String kind, String without, Map<String, String> settings, String message)
      throws IOException, InterruptedException {
    putLibraries(without);
    assertSays(settings, message);
  }

  private void putLibraries(String without) throws IOException {
    for (String library : ALL) {
      Path file = directory.resolve(library);
      if (library.equals(without)) {
        Files.writeString(file, "no library");
      } else {
        Files.copy(CudaShim.folder().resolve(library), file);
      }
    }
  }

  /** The driver has little more memory than the library itself needs. */
  @Test
  void aCommandThatExceedsTheGpusMemoryEndsWithAMessage() throws IOException, InterruptedException {
    Map<String, String> settings = Map.of("SHIM_MEMORY", String.valueOf((4 << 20) + 20_000));
    Result result = run(CudaShim.folder(), settings, parity("cuda"));

    assertThat(result.status()).as(result.output()).isEqualTo(1);
    assertThat(result.output())
        .containsPattern(
            "coconut4j: The GPU does not have enough free memory .*cuMemAlloc of \\d+ B.*Lower the"
                + ".*-Dcoconut4j\\.cuda\\.gpu")
        .doesNotContain("\tat ", "OutOfMemoryError");
  }

  /** Kernels are compiled when a command first uses them. */
  @Test
  void kernelsThatDoNotCompileEndACommandWithTheRemedy() throws IOException, InterruptedException {
    Map<String, String> settings = Map.of("SHIM_NVRTC", "1", "CACHE", directory.toString());
    Result result = run(CudaShim.folder(), settings, parity("cuda"));
    assertThat(result.status()).as(result.output()).isEqualTo(1);
    assertThat(result.output())
        .contains(
            "NVRTC must compile the GPU's kernels, but fails with NVRTC_ERROR_COMPILATION.",
            "newest CUDA 13 toolkit",
            "--device cpu",
            "--gpu-architecture=sm_90")
        .doesNotContain("\tat ");
  }

  static Stream<Arguments> commands() {
    List<String> named =
        List.of("a driver of CUDA 12.4", "no GPU", "an old GPU", "no NVRTC", "no cuBLAS");
    return kinds().filter(each -> named.contains(each.get()[0]));
  }

  /** With auto the command uses the CPU and says why; with cuda it ends with the same reason. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("commands")
  @Tag("nightly")
  void aCommandUsesTheCpuOrEndsWithTheReason(
      String kind, String without, Map<String, String> settings, String message)
      throws IOException, InterruptedException {
    putLibraries(without);
    Result auto = run(directory, settings, parity("auto"));
    assertThat(auto.status()).as(auto.output()).isZero();
    assertThat(auto.output().lines())
        .anySatisfy(line -> assertThat(line).containsPattern("Device: cpu, since .*" + message));
    Result cuda = run(directory, settings, parity("cuda"));
    assertThat(cuda.status()).as(cuda.output()).isEqualTo(2);
    assertThat(cuda.output())
        .containsPattern(
            "The device cuda needs an NVIDIA GPU that can be used, but .*"
                + message
                + ".*Or choose the device cpu");
    for (Result each : List.of(auto, cuda)) {
      assertThat(each.output()).doesNotContain("\tat ", "UnsatisfiedLink");
    }
  }

  private static String[] parity(String device) {
    return new String[] {
      "io.github.coconut4j.cli.Main",
      "parity",
      "--device",
      device,
      "--fixture",
      "../samediff-model/src/test/resources/fixtures/tiny-gpt2-b"
    };
  }

  /** Exit status and output of a process. */
  private record Result(int status, String output) {}

  private Result run(Path libraries, Map<String, String> settings, String... command)
      throws IOException, InterruptedException {
    Process process = start(libraries, settings, command);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  private Process start(Path libraries, Map<String, String> settings, String... mainAndArguments)
      throws IOException {
    String kernels = System.getProperty("coconut4j.cuda.cache");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.javacpp.cachedir=" + directory.resolve("cache"),
                "-Dcoconut4j.cuda.cache=" + settings.getOrDefault("CACHE", kernels),
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(List.of(mainAndArguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
    builder.environment().putAll(settings);
    return builder.start();
  }

  private void assertSays(Map<String, String> settings, String message)
      throws IOException, InterruptedException {
    Result result = run(directory, settings, FindGpu.class.getName());
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output().strip().lines()).as(result.output()).hasSize(1);
    assertThat(result.output())
        .containsPattern(message)
        .doesNotContain("Exception", "UnsatisfiedLink");
  }
}
