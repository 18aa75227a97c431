package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels with a fault sown in must be found by {@link KernelCheck}. */
@OnCudaShim
@Tag("nightly")
class SownFaultsTest {

  private static final String KERNELS = "io/github/coconut4j/model/cuda/kernels.cu";

  @TempDir private Path directory;

  private static Arguments fault(String name, String right, String wrong) {
    return Arguments.of(name, right, wrong);
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault(
            "no barrier before partial sums are written",
            "  __syncthreads();  // a sum before this one may still be read\n",
            ""),
        fault(
            "no barrier before partial sums are read",
            "partial[warp] = x;\n  __syncthreads();\n  return warpSum",
            "partial[warp] = x;\n  return warpSum"),
        fault(
            "a barrier that one lane reaches",
            "if (lane == 0) partial[warp] = x;\n  __syncthreads();\n  return warpSum",
            "if (lane == 0) { partial[warp] = x; __syncthreads(); }\n  return warpSum"),
        fault(
            "no barrier after a tile is loaded",
            "    __syncthreads();\n    for (int i = 0; i < 16; i++) sum",
            "    for (int i = 0; i < 16; i++) sum"),
        fault(
            "no barrier before the next tile",
            "* tileB[i][threadIdx.x];\n    __syncthreads();",
            "* tileB[i][threadIdx.x];"),
        fault(
            "no barrier between parts of columns",
            "part[1][threadIdx.y][threadIdx.x] = b;\n  __syncthreads();",
            "part[1][threadIdx.y][threadIdx.x] = b;"),
        fault(
            "no barrier between squares",
            "part[threadIdx.x] = x;\n  __syncthreads();",
            "part[threadIdx.x] = x;"),
        fault(
            "a row's copy is too long",
            "for (int j = threadIdx.x; j < width; j += blockDim.x) to[j] = from[j];",
            "for (int j = threadIdx.x; j <= width; j += blockDim.x) to[j] = from[j];"),
        fault("an element too many", "if (i < count) sum[i]", "if (i <= count) sum[i]"),
        fault(
            "groups of rows that go to one place",
            "sum + targets[group] * sumStride",
            "sum + targets[group / 2] * sumStride"),
        fault(
            "a group without its first row",
            "int i = starts[group];",
            "int i = starts[group] + 1;"),
        fault("a query that does not see itself", "key == step || ", ""),
        fault("padding that is seen", "real[key] && real[step]", "real[step]"),
        fault(
            "a softmax without its largest", "total * before + p;\n    for", "total + p;\n    for"),
        fault("a head's wrong keys", "+ head / a.group * a.headSize;", ";"),
        fault(
            "sums of key gradients that begin again",
            "load<SLOTS>(dk, keySums + at, a.headSize);",
            "for (int i = 0; i < SLOTS; i++) dk[i] = 0;"),
        fault("sums that are not begun again", "keySums[at + j] = 0;", ""),
        fault("a gradient without the softmax's mean", "(dp - mean)", "dp"),
        fault("a mask by the position", "block, step - first, head", "block, step, head"),
        fault("kept values that are not enlarged", "& 1 ? keptScale : 0.f", "& 1 ? 1.f : 0.f"),
        fault("a norm's gradient without its mean", "scales[i] - a - (in", "scales[i] - (in"),
        fault("an RMS norm's wrong square", "sum += in[i] * in[i];", "sum += in[i];"),
        fault("rotations that do not turn back", "s = sign * sine", "s = sine"),
        fault(
            "a gate that is read after it was written",
            "activated(f, g);",
            "activated(f, gates[i]);"),
        fault("a slope without its second term", "return s * (1 + x * (1 - s));", "return s;"),
        fault("no label in the loss's gradient", "(i == tokens[blockIdx.x] ? 1.f : 0.f)", "0.f"),
        fault("a bfloat16 that is cut off", "bits + 0x7fffu + (bits >> 16 & 1)", "bits"),
        fault("ties that go up", "0x7fffu + (bits >> 16 & 1)", "0x8000u"),
        fault("a loss whose labels all weigh 1", "(double)weights[i] * x[i]", "(double)x[i]"),
        fault(
            "squares of the first gradient alone",
            "gradients.values[blockIdx.y]",
            "gradients.values[0]"),
        fault(
            "an update past a parameter's end",
            "if (to > p.counts[tensor]) to = p.counts[tensor];",
            "if (to > p.counts[tensor]) to = p.counts[tensor] + 1;"),
        fault(
            "chunks of the wrong parameter",
            "p.starts[tensor + 1] <= (int)blockIdx.x",
            "p.starts[tensor + 1] < (int)blockIdx.x"),
        fault("weights that do not decay", "values[i] * kept", "values[i]"),
        fault("a moment that is not kept", "second[i] = v;", ""));
  }

  private String check(String kernels) throws IOException, InterruptedException {
    Path file = directory.resolve(KERNELS);
    Files.createDirectories(file.getParent());
    Files.writeString(file, kernels);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-Dcoconut4j.cuda.cache=" + directory.resolve("cache"),
                "-cp",
                directory + File.pathSeparator + System.getProperty("java.class.path"),
                KernelCheck.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + "\n" + output;
  }

  @Test
  void theRightKernelsPass() throws IOException, InterruptedException {
    assertThat(check(KernelCompiler.source())).startsWith("0\n").doesNotContain("FOUND");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void aFaultIsFound(String name, String right, String wrong)
      throws IOException, InterruptedException {
    String source = KernelCompiler.source();
    assertThat(source).contains(right);
    String output = check(source.replace(right, wrong));
    assertThat(output).contains("FOUND");
  }
}
