package io.github.coconut4j.model.objective;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.Arguments;
import java.util.LinkedHashMap;
import java.util.Map;
import lombok.AccessLevel;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.Value;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A second model that writes steps from latents, SIM-CoT's auxiliary decoder. It reads the first
 * model's token embeddings, so its own token table is used only as its output embedding.
 */
@Value
public class StepDecoder {

  /** Prefix of its parameters' names, to distinguish them from the first model's. */
  public static final String PREFIX = "decoder.";

  /** Its architecture. */
  TransformerConfig config;

  /** Its live weights. */
  Weights weights;

  /** Listed only once, since that takes longer than a small update. */
  @Getter(AccessLevel.NONE)
  @EqualsAndHashCode.Exclude
  transient Map<String, INDArray> parameters;

  /**
   * Makes a decoder.
   *
   * @throws IllegalArgumentException if the weights are not of the architecture's shapes and of one
   *     floating-point type, or some are BFLOAT16, which is not trained
   */
  public StepDecoder(TransformerConfig config, Weights weights) {
    Arguments.requireNonNull(config, "config", "Read or build the decoder's TransformerConfig.");
    Arguments.requireNonNull(weights, "weights", "Read or draw the decoder's Weights.");
    weights.requireShapes(config);
    weights.requireOneType();
    if (weights.hasBfloat16()) {
      throw new IllegalArgumentException(
          "A decoder of steps is trained, so all its weights must be FLOAT, but some are BFLOAT16."
              + " Read them as FLOAT.");
    }
    this.config = config;
    this.weights = weights;
    parameters = new LinkedHashMap<>();
    ParameterLayout.of(config).loopParameters().forEach(parameter -> put(parameter.name()));
    put(weights.getOutputTableName());
  }

  /** Its parameters that the loss depends on, by their names with {@link #PREFIX}. */
  Map<String, INDArray> parameters() {
    return parameters;
  }

  private void put(String name) {
    parameters.put(PREFIX + name, weights.get(name));
  }
}
