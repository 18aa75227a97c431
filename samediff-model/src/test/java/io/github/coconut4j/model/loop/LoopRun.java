package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.latent.BatchLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A device's loop over a reference model's values: forward and backward on random numbers. */
public final class LoopRun implements AutoCloseable {

  private final TransformerConfig config;
  private final ReferenceTransformer model;
  private final List<INDArray> weights;
  private final DeviceLoop loop;

  /** On a backend of that name, with so many threads where it has threads. */
  public LoopRun(ReferenceTransformer model, String backend, int threads, Precision precision) {
    this(
        model,
        model.weights(),
        withThreads(
            threads,
            () -> ((DeviceBackend) Backends.named(backend)).device(model.config(), precision)));
  }

  /**
   * On a device.
   *
   * @param weights the model's
   */
  LoopRun(ReferenceTransformer model, List<INDArray> weights, Device device) {
    this.model = model;
    config = model.config();
    this.weights = weights;
    loop = new DeviceLoop(config, device);
  }

  /** Makes something with a number of threads. */
  static <T> T withThreads(int threads, Supplier<T> creation) {
    int before = CpuThreads.count();
    CpuThreads.setCount(threads);
    try {
      return creation.get();
    } finally {
      CpuThreads.setCount(before);
    }
  }

  /** The weights, which a test may change. */
  List<INDArray> weights() {
    return weights;
  }

  /** Hidden states [n, D] from embeddings [B · T · D]. */
  float[] forward(BatchLayout layout, double[] inputs, boolean training) {
    INDArray hidden = unwritten(layout.queriedCount(), config.getNEmbd());
    INDArray tokens = array(inputs, shape(layout));
    loop.forward(layout, tokens, weights, hidden, null, model.dropout(), training);
    return hidden.data().asFloat();
  }

  private long[] shape(BatchLayout layout) {
    return new long[] {layout.sequences(), layout.steps(), config.getNEmbd()};
  }

  /** Gradients of the embeddings, then of every weight. */
  List<float[]> backward(BatchLayout layout, double[] hiddenGradient) {
    INDArray tokens = unwritten(shape(layout));
    List<INDArray> gradients = weights.stream().map(weight -> unwritten(weight.shape())).toList();
    INDArray states = array(hiddenGradient, layout.queriedCount(), config.getNEmbd());
    loop.backward(states, null, weights, tokens, gradients);
    List<float[]> all = new ArrayList<>();
    all.add(tokens.data().asFloat());
    gradients.forEach(gradient -> all.add(gradient.data().asFloat()));
    return all;
  }

  /** Hidden states and all gradients of one step over random numbers. */
  public List<float[]> step(BatchLayout layout) {
    List<float[]> results = new ArrayList<>();
    results.add(
        forward(layout, random(1, layout.sequences() * layout.steps() * config.getNEmbd()), true));
    results.addAll(backward(layout));
    return results;
  }

  /** All gradients from random gradients of the hidden states. */
  public List<float[]> backward(BatchLayout layout) {
    return backward(layout, random(2, layout.queriedCount() * config.getNEmbd()));
  }

  static double[] random(long seed, int count) {
    return ReferenceTransformer.normal(new Random(seed), count, 0, 1);
  }

  static INDArray array(double[] values, long... shape) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return values.length == 0
        ? Nd4j.create(org.nd4j.linalg.api.buffer.DataType.FLOAT, shape)
        : Nd4j.createFromArray(floats).reshape(shape);
  }

  /** Filled with a number that a correct result overwrites. */
  static INDArray unwritten(long... shape) {
    return Nd4j.valueArrayOf(shape, 12345f);
  }

  @Override
  public void close() {
    loop.close();
  }
}
