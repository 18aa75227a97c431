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
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels with a fault sown in must be found by {@link KernelCheck}. */
@OnCudaShim
@Tag("nightly")
class SownFaultsTest {

  private static final String FOLDER = "io/github/coconut4j/model/cuda";

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
            "for (int j = threadIdx.x; j < width; j += blockDim.x) to[j] = valueOf",
            "for (int j = threadIdx.x; j <= width; j += blockDim.x) to[j] = valueOf"),
        fault("an element too many", "if (i < count) sum[i]", "if (i <= count) sum[i]"),
        fault(
            "groups of rows that go to one place",
            "sum + targets[group] * sumStride",
            "sum + targets[group / 2] * sumStride"),
        fault(
            "a group without its first row",
            "int i = starts[group];",
            "int i = starts[group] + 1;"),
        fault("a query that does not see itself", "return key == step || ", "return "),
        fault("padding that is seen", "query && (key == query || key == 1)", "query"),
        fault("a sequence's other continuation", "(key == query || key == 1)", "key"),
        fault(
            "a softmax without its largest", "total * before + p;\n    for", "total + p;\n    for"),
        fault("a head's wrong keys", "+ own.head / a.group * a.headSize;", ";"),
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
        fault("a moment that is not kept", "second[i] = v;", ""),
        fault("a value in two parts", "part < 3", "part < 2"),
        fault("a rest that is the whole", "rest -= valueOf(rounded);", ""),
        fault("a part that is not added", "row[part + j] + row[j]", "row[j]"),
        fault("a bfloat16 without its sign", "(unsigned)x << 16", "(x & 0x7fffu) << 16"));
  }

  static Stream<Arguments> tensorCoreFaults() {
    return Stream.of(
        fault(
            "no barrier before the next tile of keys",
            "  __syncthreads();  // the tile before may still be read\n  loadTile<HEAD, TILE_KEYS>",
            "  loadTile<HEAD, TILE_KEYS>"),
        fault(
            "no barrier after a tile of keys",
            "a.steps + from + i] : 0;\n  __syncthreads();",
            "a.steps + from + i] : 0;"),
        fault(
            "no barrier before the next tile of queries",
            "  __syncthreads();  // the tile before may still be read\n  int at",
            "  int at"),
        fault(
            "no barrier after a tile of queries",
            "from + i, head)] : 0.f;\n  }\n  __syncthreads();",
            "from + i, head)] : 0.f;\n  }"),
        fault("a query that does not see itself", "seen = key == step || ", "seen = "),
        fault(
            "keys of the future",
            "key < step && seesSegment(own.segments[i / 2], segments[column])",
            "seesSegment(own.segments[i / 2], segments[column])"),
        fault(
            "padding that is seen",
            "seesSegment(own.segments[i / 2], segments[column])",
            "own.segments[i / 2]"),
        fault(
            "padding that sees",
            "seesSegment(own.segments[i / 2], segments[column])",
            "segments[column]"),
        fault("a largest score of one lane", "  s.largest = quadMax(s.largest);\n", ""),
        fault("sums of another scale", "sums[n][i] *= before[i / 2];", ";"),
        fault("a total of another scale", "  s.total *= factor;\n", ""),
        fault(
            "a total of one lane",
            "float total = quadSum(softmax[r].total);",
            "float total = softmax[r].total;"),
        fault("a mask that another lane drew", "(threadIdx.x & 28) | n", "(threadIdx.x & 28)"),
        fault(
            "a mask by the query's position",
            "own.steps[r] - own.firstStep, own.head",
            "own.steps[r], own.head"),
        fault(
            "a mask by the key's position",
            "block = (from - own.firstStep) / 8",
            "block = from / 8"),
        fault("keys that begin between counters", "return -(-firstStep & 7);", "return 0;"),
        fault(
            "one mask for 16 keys",
            "(warpKey - own.firstStep) / 8 + r",
            "(warpKey - own.firstStep) / 8"),
        fault("another head's keys", "own.head / a.group * a.headSize;", "0;"),
        fault(
            "the wrong one of a word's values",
            "column & 1 ? low >> 16",
            "column & 1 ? (low & 0xffffu)"),
        fault("half of a row's fragment twice", "{row[0], row[4]}", "{row[0], row[0]}"),
        fault(
            "half of a column's fragment twice", "(tile, row + 8, column)", "(tile, row, column)"),
        fault("rows of a fragment exchanged", "part & 1 ? high : low", "part & 1 ? low : high"),
        fault(
            "queries that are left out",
            "- 1] < own.first) continue;",
            "- 1] < own.first + 32) continue;"),
        fault(
            "one head of a group",
            "head < (own.head + 1) * a.group; head++)\n    for (int from",
            "head < own.head * a.group + 1; head++)\n    for (int from"),
        fault("gradients that are not added", "row[column] + low", "low"),
        fault("a value's gradient without its mask", "ps[n][i] = m * p;", "ps[n][i] = p;"),
        fault("dQ without the softmax's mean", "(m * dps[n][i] - mean[r])", "(m * dps[n][i])"),
        fault(
            "dK without the softmax's mean",
            "(m * ds[n][i] - tile.means[column])",
            "(m * ds[n][i])"),
        fault("a head that is written too wide", "!there || column >= headSize", "!there"),
        fault("a head that is read too wide", "&& 2 * word < headSize", ""),
        fault("queries that are not there", "own.numbers[r] < own.end", "true"),
        fault(
            "a block too few",
            "% blocks * BLOCK_ROWS;\n  own.end",
            "% blocks * BLOCK_ROWS / 2;\n  own.end"));
  }

  /**
   * Runs kernels of a part.
   *
   * @param sources of both files; those that the part does not need may be left out
   */
  private String check(String part, String... sources) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(directory.resolve(FOLDER));
    for (int i = 0; i < sources.length; i++) {
      Files.writeString(folder.resolve(KernelCompiler.FILES.get(i)), sources[i]);
    }
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:ErrorFile=" + directory.resolve("hs_err.log"),
                "-Dcoconut4j.cuda.cache=" + directory.resolve("cache"),
                "-cp",
                directory + File.pathSeparator + System.getProperty("java.class.path"),
                KernelCheck.class.getName(),
                part)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + "\n" + output;
  }

  private static String[] sources() {
    return KernelCompiler.FILES.stream().map(KernelCompiler::text).toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(strings = {"steps", "attention", "numbers"})
  void theRightKernelsPass(String part) throws IOException, InterruptedException {
    assertThat(check(part, sources())).startsWith("0\n").doesNotContain("FOUND");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void aFaultIsFound(String name, String right, String wrong)
      throws IOException, InterruptedException {
    String kernels = sources()[0];
    assertThat(kernels).contains(right);
    assertThat(check("steps", kernels.replace(right, wrong), "")).contains("FOUND");
  }

  /** It reads and writes outside of all memory, which ends the process. */
  @Test
  void aFaultOfLargeNumbersIsFound() throws IOException, InterruptedException {
    String[] sources = sources();
    String right = "(int64)query * a.heads + head";
    assertThat(sources[0]).contains(right);
    String wrong = sources[0].replace(right, "query * a.heads + head");
    assertThat(check("numbers", wrong, sources[1])).doesNotStartWith("0\n");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tensorCoreFaults")
  void aFaultOfAttentionOnTensorCoresIsFound(String name, String right, String wrong)
      throws IOException, InterruptedException {
    String[] sources = sources();
    assertThat(sources[1]).contains(right);
    assertThat(check("attention", sources[0], sources[1].replace(right, wrong))).contains("FOUND");
  }
}
