package io.github.coconut4j.model;

import io.github.coconut4j.model.Initialization.Positions;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A fresh model's values: matrices from a normal distribution, norms 1, biases 0.
 *
 * <p>GPT-2 scales residual projections by 1/sqrt(2 L) for L layers, since each block adds two of
 * them to the residual stream (Radford et al. 2019, section 2.3). Values come from a generator of
 * this object's own, so they depend on the seed alone: neither on the ND4J backend nor on its
 * shared random state.
 */
final class Initializer {

  private static final double LONGEST_WAVE = 10_000;

  private final SplittableRandom random;
  private final Initialization initialization;
  private final double residualRange;

  Initializer(TransformerConfig config, Initialization initialization, long seed) {
    random = new SplittableRandom(seed);
    this.initialization = initialization;
    double scale = initialization.isResidualScaled() ? Math.sqrt(2.0 * config.getNLayer()) : 1;
    residualRange = initialization.getLinearRange() / scale;
  }

  /** The next parameter's initial value; FLOAT, 'c' order. */
  INDArray next(String name, long[] shape) {
    if (shape.length == 1) {
      return constant(shape, name.endsWith(".weight") ? 1 : 0);
    }
    if (name.endsWith("c_proj.weight")) {
      return normal(shape, residualRange);
    }
    if (name.endsWith("wpe.weight")) {
      return initialization.getPositions() == Positions.SINUSOIDAL
          ? sinusoids(shape, initialization.getEmbeddingRange())
          : normal(shape, initialization.getEmbeddingRange());
    }
    return normal(
        shape,
        name.endsWith("wte.weight")
            ? initialization.getEmbeddingRange()
            : initialization.getLinearRange());
  }

  /** At position p, sin and cos of p / 10000^(2i / D) in columns 2i and 2i + 1, scaled. */
  private static INDArray sinusoids(long[] shape, double scale) {
    int width = Math.toIntExact(shape[1]);
    float[] values = new float[Math.toIntExact(shape[0] * width)];
    for (int i = 0; i < values.length; i++) {
      int column = i % width;
      double frequency = Math.pow(LONGEST_WAVE, -(column - column % 2) / (double) width);
      int position = i / width;
      double angle = position * frequency;
      values[i] = (float) (scale * (column % 2 == 0 ? Math.sin(angle) : Math.cos(angle)));
    }
    return Nd4j.create(values, shape, 'c');
  }

  private INDArray normal(long[] shape, double standardDeviation) {
    INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
    DataBuffer values = array.data(); // a copy of a large table on the heap would stay resident
    for (long i = 0; i < array.length(); i++) {
      values.put(i, (float) (random.nextGaussian() * standardDeviation));
    }
    return array;
  }

  private static INDArray constant(long[] shape, float value) {
    float[] values = new float[Math.toIntExact(shape[0])];
    Arrays.fill(values, value);
    return Nd4j.create(values, shape, 'c');
  }
}
