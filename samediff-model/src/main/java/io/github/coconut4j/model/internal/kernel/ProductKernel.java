package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.dnnl_version;

import org.bytedeco.dnnl.dnnl_version_t;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Bare matrix products C = A · B by {@code dnnl_sgemm}: the rate that the latent loop's arithmetic
 * is measured against. A is [m, k], B is [k, n], C is [m, n], written. It serves one caller at a
 * time.
 */
public final class ProductKernel implements AutoCloseable {

  private final KernelTeam team = new KernelTeam(KernelThreads.count());

  /** Name and version of the library that multiplies. */
  public static String library() {
    dnnl_version_t version = dnnl_version();
    return "oneDNN %d.%d.%d".formatted(version.major(), version.minor(), version.patch());
  }

  /** One product for all threads, shared out by oneDNN. */
  public void multiplyTogether(INDArray a, INDArray b, INDArray c) {
    team.runFirst(1, (kernels, part) -> multiply(kernels.gemm(), part, 1, a, b, c));
  }

  /** A product a worker, of its share of A's lines, on one thread: as the latent loop runs. */
  public void multiplyApart(INDArray a, INDArray b, INDArray c) {
    team.runAll((kernels, part) -> multiply(kernels.gemm(), part, team.size(), a, b, c));
  }

  private static void multiply(Gemm gemm, int part, int parts, INDArray a, INDArray b, INDArray c) {
    long k = b.size(0);
    long n = b.size(1);
    Share lines = Share.of(a.size(0), part, parts, 1);
    gemm.plain(
        lines.size(),
        n,
        k,
        HostFloats.of(a).address() + lines.from() * k * Float.BYTES,
        k,
        HostFloats.of(b).address(),
        n,
        0,
        HostFloats.of(c).address() + lines.from() * n * Float.BYTES,
        n);
  }

  @Override
  public void close() {
    team.close();
  }
}
