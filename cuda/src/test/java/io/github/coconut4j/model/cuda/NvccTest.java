package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compiles the kernels with NVIDIA's nvcc of CUDA 13, if it is installed. */
@Tag("nightly")
class NvccTest {

  @TempDir private Path directory;

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + output;
  }

  private static boolean isInstalled() throws InterruptedException {
    try {
      return output("nvcc", "--version").contains("release 13");
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {75, 80, 86, 90, 100, 120})
  void kernelsCompileWithoutSpillingRegisters(int capability)
      throws IOException, InterruptedException {
    assumeTrue(isInstalled(), "there is no nvcc of CUDA 13");
    Path source = Files.writeString(directory.resolve("kernels.cu"), KernelCompiler.source());
    String said =
        output(
            "nvcc",
            "-std=c++17",
            "-cubin",
            "-arch=sm_" + capability,
            "-Xptxas",
            "-v",
            "-o",
            directory.resolve("kernels.cubin").toString(),
            source.toString());

    assertThat(said).startsWith("0 ").contains("0 bytes spill stores");
    assertThat(said).doesNotContainPattern("[1-9]\\d* bytes spill").doesNotContain("error");
  }
}
