package io.github.coconut4j.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The initial values of a new model: matrices from a normal distribution, norms 1, biases 0.
 *
 * <p>GPT-2 scales residual projections by 1/sqrt(2 L) for L layers, since each block adds two of
 * them to the residual stream (Radford et al. 2019, section 2.3). Values come from this object's
 * own generator, so they depend only on the seed, and neither on the ND4J backend nor on its shared
 * random state.
 */
final class Initializer {

  private static final double LONGEST_WAVE = 10_000;

  private final SplittableRandom random;

  /** Separate, so that the map of thoughts does not change the other values. */
  private final SplittableRandom thoughtRandom;

  private final TransformerConfig config;
  private final Initialization initialization;
  private final double residualRange;

  Initializer(TransformerConfig config, Initialization initialization, long seed) {
    this.config = config;
    random = new SplittableRandom(seed);
    thoughtRandom = new SplittableRandom(seed).split();
    this.initialization = initialization;
    double scale = initialization.isResidualScaled() ? Math.sqrt(2.0 * config.getNLayer()) : 1;
    residualRange = initialization.getLinearRange() / scale;
  }

  /** The parameters of a new model. */
  static Weights weights(TransformerConfig config, Initialization initialization, long seed) {
    WeightsCheck.plain(config);
    WeightsCheck.room(config, Float.BYTES, "Lower vocab_size, n_embd, n_layer or n_positions.");
    Initializer initializer = new Initializer(config, initialization, seed);
    ParameterLayout layout = ParameterLayout.of(config);
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    for (ParameterLayout.Parameter parameter : layout.parameters()) {
      arrays.put(parameter.name(), initializer.next(parameter));
    }
    return Weights.of(layout, arrays);
  }

  /** The next parameter's initial value; FLOAT, 'c' order. */
  INDArray next(ParameterLayout.Parameter parameter) {
    long[] shape = parameter.shape();
    return switch (parameter.role()) {
      case ATTENTION_NORM, FEED_FORWARD_NORM, QUERY_NORM, KEY_NORM, FINAL_NORM, THOUGHT_NORM ->
          constant(shape, parameter.bias() ? 0 : 1);
      case TOKEN_EMBEDDING -> normal(shape, initialization.getEmbeddingRange());
      case POSITION_EMBEDDING -> positions(shape);
      case ATTENTION_OUTPUT, FEED_FORWARD_DOWN -> linear(parameter, residualRange);
      case THOUGHT_UP -> uniform(shape, config.getNEmbd());
      case THOUGHT_DOWN -> uniform(shape, config.getThoughtMap().getProjectionWidth());
      default -> linear(parameter, initialization.getLinearRange());
    };
  }

  private INDArray linear(ParameterLayout.Parameter parameter, double range) {
    return parameter.bias() ? constant(parameter.shape(), 0) : normal(parameter.shape(), range);
  }

  /** Uniform in ±1/√inputs, as PyTorch's {@code Linear} initializes weights and biases. */
  private INDArray uniform(long[] shape, int inputs) {
    double bound = 1 / Math.sqrt(inputs);
    INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
    DataBuffer values = array.data();
    for (long i = 0; i < array.length(); i++) {
      values.put(i, (float) (bound * (2 * thoughtRandom.nextDouble() - 1)));
    }
    return array;
  }

  private INDArray positions(long[] shape) {
    double scale = initialization.getEmbeddingRange();
    double width = shape[1];
    return switch (initialization.getPositions()) {
      case NORMAL -> normal(shape, scale);
      case SINUSOIDAL -> sinusoids(shape, scale, i -> Math.pow(LONGEST_WAVE, -2 * i / width));
      case ORTHOGONAL -> sinusoids(shape, scale, i -> Math.PI * (2 * i + 1) / width);
      case ROTARY, NONE ->
          throw new IllegalArgumentException(
              "The initial positions must be those of a table, which the model has, but are "
                  + initialization.getPositions()
                  + ". Build its TransformerConfig with rotary, or noPositions.");
    };
  }

  /** At position p, sin and cos of p · frequency(i) in columns 2i and 2i + 1, scaled. */
  private static INDArray sinusoids(long[] shape, double scale, IntToDoubleFunction frequency) {
    int width = Math.toIntExact(shape[1]);
    float[] values = new float[Math.toIntExact(shape[0] * width)];
    for (int i = 0; i < values.length; i++) {
      int position = i / width;
      int column = i % width;
      double angle = position * frequency.applyAsDouble(column / 2);
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
