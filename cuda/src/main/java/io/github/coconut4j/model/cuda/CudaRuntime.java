package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.DeviceException;
import java.util.function.Supplier;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;
import lombok.extern.slf4j.Slf4j;

/** The GPU that this process uses, and the copies of arrays in its memory. Made on first use. */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
@Slf4j
final class CudaRuntime {

  /** System property: what multiplies. */
  private static final String PRODUCTS = "coconut4j.cuda.products";

  private static final String CUBLAS = "cublas";

  /** A kernel of this module in place of cuBLASLt. */
  private static final String PLAIN = "plain";

  /** System property: most CUDA graphs to keep; 0 for none. */
  static final String GRAPHS = "coconut4j.cuda.graphs";

  private static final int MOST_GRAPHS = 32;

  /** The first compute capability with products in bfloat16. */
  static final int BFLOAT16_CAPABILITY = 80;

  private static CudaRuntime instance;

  private final QueuedGpu gpu;
  private final ArrayMirrors mirrors;

  /** Whether the GPU multiplies in bfloat16. */
  private final boolean hasBfloat16;

  /**
   * The process's GPU.
   *
   * @throws IllegalStateException if no GPU can be used
   */
  static synchronized CudaRuntime get() {
    if (instance == null) {
      CudaLibraries.Found found = CudaLibraries.find();
      if (found.problem() != null) {
        throw new IllegalStateException("No GPU can be used: " + found.problem());
      }
      int graphs = graphs();
      requireKnownProducts();
      QueuedGpu gpu = queued(driver(found), graphs);
      ArrayMirrors mirrors = new ArrayMirrors(gpu);
      gpu.reclaimBy(mirrors::trim);
      instance = new CudaRuntime(gpu, mirrors, found.capability() >= BFLOAT16_CAPABILITY);
    }
    return instance;
  }

  /** Makes a queue for a GPU, which is released if there is not enough memory for it. */
  static QueuedGpu queued(DriverGpu driver, int graphs) {
    try {
      return new QueuedGpu(driver, graphs);
    } catch (DeviceException | OutOfMemoryError e) {
      driver.close();
      throw e;
    }
  }

  /** The value of the property, which is at most nine digits long. */
  static int graphs() {
    String given = System.getProperty(GRAPHS, String.valueOf(MOST_GRAPHS));
    if (!given.matches("\\d{1,9}")) {
      throw new IllegalStateException(
          "-D"
              + GRAPHS
              + " needs a number of at least 0 but is "
              + given
              + ". Leave it out for "
              + MOST_GRAPHS
              + ", or set 0 for no graphs.");
    }
    return Integer.parseInt(given);
  }

  private static DriverGpu driver(CudaLibraries.Found found) {
    int capability = found.capability();
    return driver(
        found.number(),
        key(capability),
        () -> KernelCompiler.compile(KernelCompiler.source(), capability));
  }

  /** Everything that compiled kernels depend on. */
  static String key(int capability) {
    return KernelCompiler.version() + " sm_" + capability + "\n" + KernelCompiler.source();
  }

  /**
   * Opens a GPU with the kernels of a key. If those in the cache do not load, they are compiled
   * again.
   *
   * @throws DeviceException if the GPU cannot be opened, or new kernels do not load either
   */
  static DriverGpu driver(int number, String key, Supplier<byte[]> compilation) {
    byte[] kernels = KernelCache.get(key, compilation);
    DriverGpu gpu = new DriverGpu(number);
    try {
      load(gpu, kernels, () -> KernelCache.renew(key, compilation));
      return gpu;
    } catch (RuntimeException | OutOfMemoryError e) {
      gpu.close();
      throw e;
    }
  }

  private static void load(DriverGpu gpu, byte[] kernels, Supplier<byte[]> others) {
    try {
      gpu.load(kernels);
    } catch (DeviceException e) {
      log.warn(
          "The GPU's kernels in the cache do not load and are compiled again: {}", e.getMessage());
      gpu.load(others.get());
    }
  }

  private static void requireKnownProducts() {
    String given = System.getProperty(PRODUCTS, CUBLAS);
    if (!given.equals(CUBLAS) && !given.equals(PLAIN)) {
      throw new IllegalStateException(
          "-D"
              + PRODUCTS
              + " must be "
              + CUBLAS
              + " (default) or "
              + PLAIN
              + " but is "
              + given
              + ". Correct it or leave it out.");
    }
  }

  /** Makes the products of one device. */
  Products products() {
    return PLAIN.equals(System.getProperty(PRODUCTS))
        ? new PlainProducts(gpu)
        : new CublasLtProducts(gpu);
  }
}
