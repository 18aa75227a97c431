package io.github.coconut4j.model;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * GPT-2's initial values: matrices from a normal distribution, norms 1, biases 0.
 *
 * <p>Residual projections are scaled by 1/sqrt(2 L) for L layers, since each block adds two of them
 * to the residual stream (Radford et al. 2019, section 2.3). Values come from a generator of this
 * object's own, so they depend on the seed alone: neither on the ND4J backend nor on its shared
 * random state.
 */
final class Initializer {

  private final SplittableRandom random;
  private final double deviation;
  private final double residualDeviation;

  Initializer(TransformerConfig config, long seed) {
    random = new SplittableRandom(seed);
    deviation = config.getInitializerRange();
    residualDeviation = deviation / Math.sqrt(2.0 * config.getNLayer());
  }

  /** The next parameter's initial value; FLOAT, 'c' order. */
  INDArray next(String name, long[] shape) {
    if (shape.length == 2) {
      return normal(shape, name.endsWith("c_proj.weight") ? residualDeviation : deviation);
    }
    return constant(shape, name.endsWith(".weight") ? 1 : 0);
  }

  private INDArray normal(long[] shape, double standardDeviation) {
    float[] values = new float[Math.toIntExact(shape[0] * shape[1])];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * standardDeviation);
    }
    return Nd4j.create(values, shape, 'c');
  }

  private static INDArray constant(long[] shape, float value) {
    float[] values = new float[Math.toIntExact(shape[0])];
    Arrays.fill(values, value);
    return Nd4j.create(values, shape, 'c');
  }
}
