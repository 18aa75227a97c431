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

/** CUDA's libraries without a GPU, built by g++ from this module's test resources. */
public final class CudaShim {

  private static final List<String> FILES =
      List.of("build.sh", "cpu.h", "libcuda.cpp", "libnvrtc.cpp", "libcublasLt.cpp");

  /** In the order in which they need each other. */
  private static final List<String> LIBRARIES =
      List.of(
          "libcuda.so.1",
          "libcudart.so.13",
          "libnvrtc.so.13",
          "libcublasLt.so.13",
          "libcublas.so.13");

  private static Driver driver;
  private static Blas blas;

  private CudaShim() {}

  /** What tests ask of the driver. */
  public interface Driver extends Library {

    /** How threads take turns from now on: see cpu.h. */
    void shim_order(int order);

    void shim_clear_log();

    /** What was asked of the driver, a line each: what, and how much or which kernel. */
    String shim_log();

    /** Sets the GPU's memory in bytes. */
    void shim_memory(long bytes);

    long shim_used();

    long shim_most();

    void shim_clear_most();

    /** Loses the GPU after so many launches; -1 for never, which also brings it back. */
    void shim_lose_after(long launches);

    /** Whether no stream can be captured. */
    void shim_refuse_capture(int refuses);

    /** What making and launching a graph give: 0, or an error of the driver. */
    void shim_graph_status(int made, int launched);

    /** Graphs that were made for launches and not destroyed. */
    long shim_graphs();

    /** Graphs that were captured and not destroyed. */
    long shim_captures();

    /** Contexts of GPUs that were retained and not released. */
    long shim_contexts();
  }

  /** What tests ask of cuBLASLt. */
  interface Blas extends Library {

    /** Whether it has no products with a bias. */
    void shim_refuse_bias(int refuses);

    /** What the choice of an algorithm gives: 0, or an error of cuBLASLt. */
    void shim_heuristic_status(int status);

    /** Descriptions, layouts, preferences and contexts that were made and not destroyed. */
    long shim_handles();
  }

  /** Whether there is a compiler. */
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

  /** The folder of the libraries, which are built where that was not done yet. */
  public static synchronized Path folder() throws IOException {
    Path sources = Files.createDirectories(Path.of("target", "shim-sources").toAbsolutePath());
    Path built = Path.of("target", "shim").toAbsolutePath();
    boolean current = Files.exists(built.resolve("built"));
    for (String file : FILES) {
      current &= copy(file, sources.resolve(file));
    }
    if (!current) {
      build(sources, built);
      Files.writeString(built.resolve("built"), "");
    }
    return built;
  }

  /** Whether the copy was there already. */
  private static boolean copy(String file, Path to) throws IOException {
    try (InputStream in = CudaShim.class.getResourceAsStream("/shim/" + file)) {
      byte[] bytes = in.readAllBytes();
      if (Files.exists(to) && Arrays.equals(Files.readAllBytes(to), bytes)) {
        return true;
      }
      Files.write(to, bytes);
      return false;
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

  /** cuBLASLt's place, once the libraries were loaded. */
  static synchronized Blas blas() {
    load();
    return blas;
  }

  /** Loads the libraries, so that CUDA's bindings find them in place of others. */
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
