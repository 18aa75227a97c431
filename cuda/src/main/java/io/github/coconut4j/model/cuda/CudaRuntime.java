package io.github.coconut4j.model.cuda;

import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;

/** The GPU that this process uses, with the places of its arrays; made on first use. */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class CudaRuntime {

  /** {@code plain} for products without cuBLASLt. */
  private static final String PRODUCTS = "coconut4j.cuda.products";

  /** How many graphs of commands are kept; 0 for none. */
  private static final String GRAPHS = "coconut4j.cuda.graphs";

  private static final int MOST_GRAPHS = 32;

  /** From which on GPUs multiply in bfloat16. */
  static final int BFLOAT16_CAPABILITY = 80;

  private static CudaRuntime instance;

  private final QueuedGpu gpu;
  private final ArrayMirrors mirrors;

  /** Whether it multiplies in bfloat16. */
  private final boolean hasBfloat16;

  /**
   * The process's GPU.
   *
   * @throws IllegalStateException if there is none that can be used
   */
  static synchronized CudaRuntime get() {
    if (instance == null) {
      CudaLibraries.Found found = CudaLibraries.find();
      if (found.problem() != null) {
        throw new IllegalStateException("No GPU can be used: " + found.problem());
      }
      byte[] kernels = kernels(found.capability());
      DriverGpu driver = new DriverGpu(found.number(), kernels);
      QueuedGpu gpu = new QueuedGpu(driver, graphs());
      boolean hasBfloat16 = found.capability() >= BFLOAT16_CAPABILITY;
      instance = new CudaRuntime(gpu, new ArrayMirrors(gpu), hasBfloat16);
    }
    return instance;
  }

  private static int graphs() {
    String given = System.getProperty(GRAPHS, String.valueOf(MOST_GRAPHS));
    try {
      return Integer.parseUnsignedInt(given);
    } catch (NumberFormatException e) {
      throw new IllegalStateException(
          "-D"
              + GRAPHS
              + " needs a number of at least 0 but is "
              + given
              + ". Leave it out for "
              + MOST_GRAPHS
              + ", or set 0 for no graphs.",
          e);
    }
  }

  private static byte[] kernels(int capability) {
    String source = KernelCompiler.source();
    return KernelCache.get(
        KernelCompiler.version() + " sm_" + capability + "\n" + source,
        () -> KernelCompiler.compile(source, capability));
  }

  /** Products for one device. */
  Products products() {
    return "plain".equals(System.getProperty(PRODUCTS))
        ? new PlainProducts(gpu)
        : new CublasLtProducts(gpu);
  }
}
