package io.github.coconut4j.benchmarks;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Range;
import java.lang.ref.Reference;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Products in bfloat16 of a model's first feed-forward projection with many rows: the machine's
 * matrix peak in that type.
 */
final class Bfloat16Products implements AutoCloseable {

  private static final long ROWS = 2048;

  /** Width from which a worker that runs alone uses all of oneDNN's threads. */
  private static final int WIDE = 1024;

  private final INDArray x;
  private final INDArray weight;
  private final INDArray y;
  private final Device all = device(WIDE);
  private final Device each = device(1);

  Bfloat16Products(TransformerConfig config) {
    x = Nd4j.randn(DataType.FLOAT, ROWS, config.getNEmbd());
    try (INDArray drawn = Nd4j.randn(DataType.FLOAT, config.innerSize(), config.getNEmbd())) {
      weight = drawn.castTo(DataType.BFLOAT16);
    }
    y = Nd4j.createUninitialized(DataType.FLOAT, ROWS, config.innerSize());
  }

  private static Device device(int width) {
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(1)
            .nPositions(1)
            .nEmbd(width)
            .nLayer(1)
            .nHead(1)
            .build();
    return ((DeviceBackend) Backends.bestFused()).device(config, Precision.BF16);
  }

  /** Floating-point operations of one product. */
  double operations() {
    return 2.0 * ROWS * weight.length();
  }

  /** One product for all threads, divided by oneDNN. */
  void together() {
    multiply(all, 1);
  }

  /** A product a worker, of its range of rows, on one thread. */
  void apart() {
    multiply(each, each.workers());
  }

  private void multiply(Device device, int workers) {
    Matrix a = device.input(x, "a factor", x.shape());
    Matrix b = device.weight(weight, "a factor", weight.shape());
    Matrix c = device.output(y, "a product", y.shape());
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
