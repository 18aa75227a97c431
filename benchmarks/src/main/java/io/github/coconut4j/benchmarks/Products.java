package io.github.coconut4j.benchmarks;

import static org.bytedeco.dnnl.global.dnnl.dnnl_version;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Range;
import java.lang.ref.Reference;
import java.util.Locale;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Bare matrix products of a linear layer, [m, k] by [n, k] transposed, in float32 by {@code
 * dnnl_sgemm} or in bfloat16: the rate that the latent loop's arithmetic is measured against.
 */
final class Products implements AutoCloseable {

  /** Width from which a single worker uses all of oneDNN's threads. */
  private static final int WIDE = 1024;

  private final INDArray first;
  private final INDArray second;
  private final INDArray product;
  private final Device all;
  private final Device each;

  /**
   * Products of one shape.
   *
   * @param precision of the second factor and the products
   */
  Products(Precision precision, long m, long n, long k) {
    first = Nd4j.randn(DataType.FLOAT, m, k);
    INDArray drawn = Nd4j.randn(DataType.FLOAT, n, k);
    second = precision == Precision.BF16 ? drawn.castTo(DataType.BFLOAT16) : drawn;
    product = Nd4j.createUninitialized(DataType.FLOAT, m, n);
    all = device(precision, WIDE);
    each = device(precision, 1);
  }

  private static Device device(Precision precision, int width) {
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(1)
            .nPositions(1)
            .nEmbd(width)
            .nLayer(1)
            .nHead(1)
            .build();
    return ((DeviceBackend) Backends.bestFused()).device(config, precision);
  }

  /** Name and version of the library that multiplies. */
  static String library() {
    dnnl_version_t version = dnnl_version();
    return String.format(
        Locale.ROOT, "oneDNN %d.%d.%d", version.major(), version.minor(), version.patch());
  }

  /** Floating-point operations of one product. */
  double operations() {
    return 2.0 * first.size(0) * second.length();
  }

  /** One product for all threads, divided by oneDNN. */
  void together() {
    multiply(all, 1);
  }

  /** A product a worker, of its range of rows, on one thread: as the latent loop runs. */
  void apart() {
    multiply(each, each.workers());
  }

  private void multiply(Device device, int workers) {
    Matrix a = device.input(first, "a factor", first.shape());
    Matrix b = device.weight(second, "a factor", second.shape());
    Matrix c = device.output(product, "a product", product.shape());
    device.run(
        IntStream.range(0, workers).toArray(),
        worker -> {
          Range rows = Range.of(a.rows(), worker, workers, 1);
          device
              .operations(worker)
              .linear()
              .forward(
                  a.rows(rows.from(), rows.size()),
                  new LinearWeights(b, null, true),
                  null,
                  c.rows(rows.from(), rows.size()));
        });
    device.finish();
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(c);
  }

  @Override
  public void close() {
    all.close();
    each.close();
  }
}
