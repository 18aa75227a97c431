package io.github.coconut4j.model.cuda;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Replacements of CUDA's libraries that run on the CPU, built by g++ from test resources. */
public final class CudaShim {

  private static final List<String> FILES =
      List.of("build.sh", "cpu.h", "races.h", "libcuda.cpp", "libnvrtc.cpp", "libcublasLt.cpp");

  /** In the order of their dependencies. */
  private static final List<String> LIBRARIES =
      List.of(
          "libcuda.so.1",
          "libcudart.so.13",
          "libnvrtc.so.13",
          "libcublasLt.so.13",
          "libcublas.so.13");

  /** The GPU's memory in bytes, unless a test sets another: libcuda.cpp has the same. */
  static final long MEMORY = 4L << 30;

  private static Driver driver;
  private static Blas blas;

  private CudaShim() {}

  /** The driver's functions for tests. */
  public interface Driver extends Library {

    /** Sets the order in which threads run; cpu.h lists the orders. */
    void shim_order(int order);

    /** Sets whether a kernel with a race fails, even if the threads' order hides it. */
    void shim_find_races(int finds);

    void shim_clear_log();

    /** The calls of the driver, one per line, with their bytes or kernel. */
    String shim_log();

    /** Sets the GPU's memory in bytes. */
    void shim_memory(long bytes);

    long shim_used();

    /** Counts the memory that is allocated from now on. */
    void shim_count_memory();

    /** The most counted memory, in bytes, that was allocated at one time. */
    long shim_most();

    /** Loses the GPU after a number of launches; -1 restores it. */
    void shim_lose_after(long launches);

    /** Sets whether the driver rejects the capture of a stream. */
    void shim_refuse_capture(int refuses);

    /** Sets the status that creating and launching a graph return: 0, or an error. */
    void shim_graph_status(int made, int launched);

    /** Number of executable graphs that were created and not destroyed. */
    long shim_graphs();

    /** Number of graphs that were captured and not destroyed. */
    long shim_captures();

    /** Number of contexts that were retained and not released. */
    long shim_contexts();
  }

  /** cuBLASLt's functions for tests. */
  interface Blas extends Library {

    /** Sets whether products with a bias are not supported. */
    void shim_refuse_bias(int refuses);

    /** Sets the status that choosing an algorithm returns: 0, or an error. */
    void shim_heuristic_status(int status);

    /** Number of descriptions, layouts, preferences and contexts that were not destroyed. */
    long shim_handles();
  }

  /** Whether g++ is installed. */
  static boolean canBeBuilt() {
    try {
      Process process = new ProcessBuilder("g++", "--version").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The folder of the libraries, which are built if they are missing or outdated. */
  public static synchronized Path folder() throws IOException {
    Path sources = Files.createDirectories(Path.of("target", "shim-sources").toAbsolutePath());
    Path folder = Path.of("target", "shim").toAbsolutePath();
    Path built = folder.resolve("built");
    for (String file : FILES) {
      copy(file, sources.resolve(file), built);
    }
    if (!Files.exists(built)) {
      build(sources, folder);
      deleteKernels();
      Files.writeString(built, "");
    }
    return folder;
  }

  /** Copies a source. If it has changed, what was built of the old one is outdated. */
  private static void copy(String file, Path to, Path built) throws IOException {
    try (InputStream in = CudaShim.class.getResourceAsStream("/shim/" + file)) {
      byte[] bytes = in.readAllBytes();
      if (!Files.exists(to) || !Arrays.equals(Files.readAllBytes(to), bytes)) {
        Files.deleteIfExists(built);
        Files.write(to, bytes);
      }
    }
  }

  /** Deletes the kernels that an earlier shim compiled. */
  private static void deleteKernels() throws IOException {
    Path kernels = Path.of(System.getProperty("coconut4j.cuda.cache"));
    if (Files.isDirectory(kernels)) {
      try (Stream<Path> files = Files.list(kernels)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void build(Path sources, Path built) throws IOException {
    Path log = sources.resolve("build.log");
    Process process =
        new ProcessBuilder("sh", sources.resolve("build.sh").toString(), built.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IllegalStateException("The shim must build:\n" + Files.readString(log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Loads the libraries and returns cuBLASLt. */
  static synchronized Blas blas() {
    load();
    return blas;
  }

  /** Loads the libraries, so that CUDA's bindings use them instead of NVIDIA's. */
  public static synchronized Driver load() {
    if (driver == null) {
      try {
        Path folder = folder();
        LIBRARIES.forEach(library -> System.load(folder.resolve(library).toString()));
        driver = Native.load(folder.resolve(LIBRARIES.get(0)).toString(), Driver.class);
        blas = Native.load(folder.resolve("libcublasLt.so.13").toString(), Blas.class);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return driver;
  }
}
