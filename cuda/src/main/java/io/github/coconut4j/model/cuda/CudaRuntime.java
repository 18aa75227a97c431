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

  private static CudaRuntime instance;

  private final DriverGpu gpu;
  private final ArrayMirrors mirrors;

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
      DriverGpu gpu = new DriverGpu(found.number(), kernels);
      instance = new CudaRuntime(gpu, new ArrayMirrors(gpu));
    }
    return instance;
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
