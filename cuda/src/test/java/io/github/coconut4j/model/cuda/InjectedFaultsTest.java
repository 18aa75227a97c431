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

/** {@link KernelCheck} must find every fault that is injected into the kernels. */
@OnCudaShim
@Tag("nightly")
class InjectedFaultsTest {

  private static final String FOLDER = "io/github/coconut4j/model/cuda";

  /** The number of each file of kernels. */
  private static final int KERNELS = 0;

  private static final int TENSOR_CORES = 1;

  /** The part that uses only the first file. */
  private static final String STEPS = "steps";

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
            "a barrier that only one lane reaches",
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
            "no barrier between partial column sums",
            "part[1][threadIdx.y][threadIdx.x] = b;\n  __syncthreads();",
            "part[1][threadIdx.y][threadIdx.x] = b;"),
        fault(
            "no barrier between partial sums of squares",
            "part[threadIdx.x] = x;\n  __syncthreads();",
            "part[threadIdx.x] = x;"),
        fault(
            "a row copy that is one element too long",
            "for (int j = threadIdx.x; j < width; j += blockDim.x) to[j] = valueOf",
            "for (int j = threadIdx.x; j <= width; j += blockDim.x) to[j] = valueOf"),
        fault(
            "a loop bound that is one too large",
            "if (i < count) sum[i]",
            "if (i <= count) sum[i]"),
        fault(
            "two groups of rows that are added to one target",
            "sum + targets[group] * sumStride",
            "sum + targets[group / 2] * sumStride"),
        fault(
            "a group without its first row",
            "int i = starts[group];",
            "int i = starts[group] + 1;"),
        fault("a query that does not attend to itself", "return key == step || ", "return "),
        fault("attention to padding", "query && (key == query || key == 1)", "query"),
        fault("attention to the other continuation", "(key == query || key == 1)", "key"),
        fault(
            "a softmax total that is not rescaled when the maximum changes",
            "  s.total *= factor;\n",
            ""),
        fault(
            "no barrier before the warps' shares of a query are added",
            "own[i][lane] = sums[i];\n  __syncthreads();",
            "own[i][lane] = sums[i];"),
        fault("a share that is left out", "share < SHARES; share++", "share < SHARES - 1; share++"),
        fault(
            "keys that two warps share",
            "count * (threadIdx.y + 1) / blockDim.y;",
            "count * (threadIdx.y + 1) / blockDim.y + 1;"),
        fault(
            "a share's sums that are not rescaled",
            "sums[i] * before + other[i][lane] * factor",
            "sums[i] * before + other[i][lane]"),
        fault(
            "a share's softmax total that is not rescaled",
            "other[COUNT + 1][lane] * factor",
            "other[COUNT + 1][lane]"),
        fault(
            "a value that is read past an array's end and not used",
            "if (i < count) sum[i] = a[i] + b[i];",
            "volatile float next = a[i];\n  if (i < count) sum[i] = a[i] + b[i];"),
        fault(
            "a load that needs an aligned address",
            "keyStore[at + j] = keys[row * keyStride + j];",
            "typedef float Aligned __attribute__((aligned(16)));\n"
                + "    keyStore[at + j] = *(const Aligned*)(keys + row * keyStride + j);"),
        fault(
            "shared memory that is read before it is written",
            "row < m && ka < k ? valueOf(a[transposeA ? ka * aStride + row : row * aStride + ka])"
                + " : 0.f;",
            "row < m && ka < k ? valueOf(a[transposeA ? ka * aStride + row : row * aStride + ka])"
                + " : tileA[threadIdx.y][threadIdx.x];"),
        fault("keys of the wrong head", "+ own.head / a.group * a.headSize;", ";"),
        fault(
            "key gradients that are overwritten instead of accumulated",
            "load<SLOTS>(dk, keySums + at, a.headSize);",
            "for (int i = 0; i < SLOTS; i++) dk[i] = 0;"),
        fault("key gradients that are not reset", "keySums[at + j] = 0;", ""),
        fault("a softmax gradient without its mean term", "(dp - mean)", "dp"),
        fault(
            "a dropout mask that counts padding", "block, step - first, head", "block, step, head"),
        fault(
            "dropout that does not scale the kept values",
            "& 1 ? keptScale : 0.f",
            "& 1 ? 1.f : 0.f"),
        fault(
            "a layer norm gradient without its mean term",
            "scales[i] - a - (in",
            "scales[i] - (in"),
        fault("an RMS norm of values instead of squares", "sum += in[i] * in[i];", "sum += in[i];"),
        fault("a backward rotation by the forward angle", "s = sign * sine", "s = sine"),
        fault(
            "a gate that is read after it was overwritten",
            "activated(f, g);",
            "activated(f, gates[i]);"),
        fault(
            "a SiLU derivative without its second term",
            "return s * (1 + x * (1 - s));",
            "return s;"),
        fault(
            "a cross-entropy gradient without its label",
            "(i == tokens[blockIdx.x] ? 1.f : 0.f)",
            "0.f"),
        fault("bfloat16 truncated instead of rounded", "bits + 0x7fffu + (bits >> 16 & 1)", "bits"),
        fault(
            "bfloat16 ties rounded up instead of to even", "0x7fffu + (bits >> 16 & 1)", "0x8000u"),
        fault(
            "a loss that ignores the labels' weights", "(double)weights[i] * x[i]", "(double)x[i]"),
        fault(
            "a gradient norm of only the first parameter",
            "gradients.values[blockIdx.y]",
            "gradients.values[0]"),
        fault(
            "an AdamW update past a parameter's end",
            "if (to > p.counts[tensor]) to = p.counts[tensor];",
            "if (to > p.counts[tensor]) to = p.counts[tensor] + 1;"),
        fault(
            "AdamW chunks of the wrong parameter",
            "p.starts[tensor + 1] <= (int)blockIdx.x",
            "p.starts[tensor + 1] < (int)blockIdx.x"),
        fault("no weight decay", "values[i] * kept", "values[i]"),
        fault("a second moment that is not stored", "second[i] = v;", ""),
        fault(
            "a float32 value split into two bfloat16 parts instead of three",
            "part < 3",
            "part < 2"),
        fault("a split that does not subtract the part before", "rest -= valueOf(rounded);", ""),
        fault("a partial product that is not added", "row[part + j] + row[j]", "row[j]"),
        fault("bfloat16 widened without its sign", "(unsigned)x << 16", "(x & 0x7fffu) << 16"));
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
        fault("a query that does not attend to itself", "seen = key == step || ", "seen = "),
        fault(
            "attention to later positions",
            "key < step && seesSegment(own.segments[i / 2], segments[column])",
            "seesSegment(own.segments[i / 2], segments[column])"),
        fault(
            "attention to padding",
            "seesSegment(own.segments[i / 2], segments[column])",
            "own.segments[i / 2]"),
        fault(
            "padded queries that attend to other positions",
            "seesSegment(own.segments[i / 2], segments[column])",
            "segments[column]"),
        fault(
            "the maximum score of only one lane",
            "raise(s, quadMax(largest))",
            "raise(s, largest)"),
        fault(
            "sums that are not rescaled when the maximum changes",
            "sums[n][i] *= before[i / 2];",
            ";"),
        fault(
            "the softmax total of only one lane",
            "float total = quadSum(softmax[r].total);",
            "float total = softmax[r].total;"),
        fault("the dropout mask of another lane", "(threadIdx.x & 28) | n", "(threadIdx.x & 28)"),
        fault(
            "a dropout mask that counts padding before the query",
            "own.steps[r] - own.firstStep, own.head",
            "own.steps[r], own.head"),
        fault(
            "a dropout mask that counts padding before the key",
            "block = (from - own.firstStep) / 8",
            "block = from / 8"),
        fault(
            "keys that are not aligned with the mask's counters",
            "return -(-firstStep & 7);",
            "return 0;"),
        fault(
            "one mask counter for 16 keys",
            "(warpKey - own.firstStep) / 8 + r",
            "(warpKey - own.firstStep) / 8"),
        fault("keys of the wrong head", "own.head / a.group * a.headSize;", "0;"),
        fault(
            "the wrong bfloat16 value of a word",
            "column & 1 ? low >> 16",
            "column & 1 ? (low & 0xffffu)"),
        fault("half of a row's fragment twice", "{row[0], row[4]}", "{row[0], row[0]}"),
        fault(
            "half of a column's fragment twice", "(tile, row + 8, column)", "(tile, row, column)"),
        fault("swapped rows of a fragment", "part & 1 ? high : low", "part & 1 ? low : high"),
        fault("skipped queries", "- 1] < own.first) continue;", "- 1] < own.first + 32) continue;"),
        fault(
            "key gradients of only one query head of a group",
            "head < (own.head + 1) * a.group; head++)\n    for (int from",
            "head < own.head * a.group + 1; head++)\n    for (int from"),
        fault("gradients that are overwritten instead of accumulated", "row[column] + low", "low"),
        fault("a value gradient without the dropout mask", "ps[n][i] = m * p;", "ps[n][i] = p;"),
        fault(
            "dQ without the softmax gradient's mean term",
            "(m * dps[n][i] - mean[r])",
            "(m * dps[n][i])"),
        fault(
            "dK without the softmax gradient's mean term",
            "(m * ds[n][i] - tile.means[column])",
            "(m * ds[n][i])"),
        fault("a write past a head's width", "!there || column >= headSize", "!there"),
        fault("a read past a head's width", "&& 2 * word < headSize", ""),
        fault("queries past the end of the pass", "own.numbers[r] < own.end", "true"),
        fault(
            "a block that begins at half its offset",
            "% blocks * BLOCK_ROWS;\n  own.end",
            "% blocks * BLOCK_ROWS / 2;\n  own.end"));
  }

  /**
   * Runs {@link KernelCheck} in a process and returns its exit status and output.
   *
   * @param part the kernels to check
   * @param sources of both files of kernels; the second is left empty if the part does not use it
   */
  private String check(String part, String... sources) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(directory.resolve(FOLDER));
    for (int i = 0; i < sources.length; i++) {
      boolean isUsed = i == KERNELS || !STEPS.equals(part);
      Files.writeString(folder.resolve(KernelCompiler.FILES.get(i)), isUsed ? sources[i] : "");
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

  /** As {@link #check}, with kernels in one of whose files a text is replaced. */
  private String checkWith(String part, int file, String right, String wrong)
      throws IOException, InterruptedException {
    String[] sources = sources();
    assertThat(sources[file]).contains(right);
    sources[file] = sources[file].replace(right, wrong);
    return check(part, sources);
  }

  @ParameterizedTest
  @ValueSource(strings = {STEPS, "attention", "numbers"})
  void unmodifiedKernelsPass(String part) throws IOException, InterruptedException {
    assertThat(check(part, sources())).startsWith("0\n").doesNotContain("FOUND");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void aFaultInAKernelIsFound(String name, String right, String wrong)
      throws IOException, InterruptedException {
    assertThat(checkWith(STEPS, KERNELS, right, wrong)).contains("FOUND");
  }

  /** The 32-bit index overflows, so the kernel accesses invalid memory and the process ends. */
  @Test
  void anIndexOf32BitsIsFound() throws IOException, InterruptedException {
    String wrong = "query * a.heads + head";
    assertThat(checkWith("numbers", KERNELS, "(int64)" + wrong, wrong)).doesNotStartWith("0\n");
  }

  @Test
  void moreSharedMemoryThanABlockHasDoesNotCompile() throws IOException, InterruptedException {
    String right = "TILE_QUERIES(HEAD) ((HEAD) > 64 ? 16 : 32)";
    assertThat(checkWith("attention", TENSOR_CORES, right, "TILE_QUERIES(HEAD) 64"))
        .contains("uses 70656 bytes of shared data, at most 49152");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tensorCoreFaults")
  void aFaultInAttentionOnTensorCoresIsFound(String name, String right, String wrong)
      throws IOException, InterruptedException {
    assertThat(checkWith("attention", TENSOR_CORES, right, wrong)).contains("FOUND");
  }
}
