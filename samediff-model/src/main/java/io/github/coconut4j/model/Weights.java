package io.github.coconut4j.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters of a GPT-2 model under the names of Hugging Face's {@code GPT2LMHeadModel}, such
 * as {@code transformer.h.0.attn.c_attn.weight}.
 *
 * <p>Arrays are contiguous, in 'c' order, and live: an optimiser updates them in place. Linear
 * layers are stored [in, out]. The output embedding is {@code transformer.wte.weight} and has no
 * array of its own.
 */
public final class Weights {

  private final Map<String, INDArray> arrays;

  private Weights(Map<String, INDArray> arrays) {
    this.arrays = Collections.unmodifiableMap(arrays);
  }

  /** Names of a model's parameters, in the order of {@link #asMap()}. */
  public static List<String> names(TransformerConfig config) {
    return List.copyOf(ParameterShapes.of(config).keySet());
  }

  /**
   * A fresh model's parameters: matrices normal(0, {@code initializer_range}), those that project
   * onto the residual stream divided by sqrt(2 {@code n_layer}), biases 0, norms 1.
   *
   * @param seed the same seed gives the same values on every backend
   */
  public static Weights initial(TransformerConfig config, long seed) {
    Initializer initializer = new Initializer(config, seed);
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    ParameterShapes.of(config)
        .forEach((name, shape) -> arrays.put(name, initializer.next(name, shape)));
    return new Weights(arrays);
  }

  /**
   * The parameter of that name.
   *
   * @throws IllegalArgumentException if the model has no such parameter
   */
  public INDArray get(String name) {
    INDArray array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException(
          "A parameter's name must be one of " + arrays.keySet() + ", but is " + name + ".");
    }
    return array;
  }

  /** All parameters by name, in the order of {@link #names}; the map cannot be changed. */
  public Map<String, INDArray> asMap() {
    return arrays;
  }

  /** A copy in another floating-point type, as gradient checks in DOUBLE need. */
  public Weights castTo(DataType type) {
    Map<String, INDArray> cast = new LinkedHashMap<>();
    arrays.forEach((name, array) -> cast.put(name, array.castTo(type).dup('c')));
    return new Weights(cast);
  }
}
