package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.dnnl_version;

import java.util.Locale;
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
    return String.format(
        Locale.ROOT, "oneDNN %d.%d.%d", version.major(), version.minor(), version.patch());
  }

  /** One product for all threads, shared out by oneDNN. */
  public void multiplyTogether(INDArray a, INDArray b, INDArray c) {
    requireShapes(a, b, c);
    team.runFirst(1, (kernels, part) -> multiply(kernels.gemm(), part, 1, a, b, c));
    HostFloats.hold(a, b, c);
  }

  /** A product a worker, of its share of A's lines, on one thread: as the latent loop runs. */
  public void multiplyApart(INDArray a, INDArray b, INDArray c) {
    requireShapes(a, b, c);
    team.runAll((kernels, part) -> multiply(kernels.gemm(), part, team.size(), a, b, c));
    HostFloats.hold(a, b, c);
  }

  private static void requireShapes(INDArray a, INDArray b, INDArray c) {
    HostFloats.of(b, "a second factor", a.size(1), b.size(1));
    HostFloats.of(c, "a product", a.size(0), b.size(1));
  }

  private static void multiply(Gemm gemm, int part, int parts, INDArray a, INDArray b, INDArray c) {
    Share share = Share.of(a.size(0), part, parts, 1);
    gemm.times(
        1,
        matrix(a).lines(share.from(), share.size()),
        matrix(b),
        0,
        matrix(c).lines(share.from(), share.size()));
  }

  private static Matrix matrix(INDArray array) {
    return Matrix.dense(HostFloats.of(array).address(), array.size(0), array.size(1));
  }

  @Override
  public void close() {
    team.close();
  }
}
