package io.github.coconut4j.model.memory;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.TransformerConfig;

/**
 * A lower bound of the memory of a training step's activations, computed from shapes in floating
 * point, so that mistaken sizes do not overflow to small ones.
 *
 * <p>Legend: D width, I inner width.
 */
public final class ActivationForecast {

  private ActivationForecast() {}

  /**
   * Bytes that are stored for the backward pass. A layer stores per position: its input and norm (2
   * D), queries, keys and values, attention's output, the sum before the feed-forward and its norm
   * (2 D), and the feed-forward before and after its activation (2 I; 3 I if gated). The last layer
   * needs the latter only at a few positions. An adapter stores x Aᵀ, as many values as its rank.
   *
   * @param sequences number of sequences of the largest batch
   * @param tokens number of tokens of the longest sequence
   */
  public static long bytes(TransformerConfig architecture, int sequences, int tokens) {
    double positions = (double) sequences * tokens;
    double d = architecture.getNEmbd();
    double queries = architecture.queryWidth();
    double keysAndValues = 2.0 * architecture.keyValueWidth();
    double last = 2 * d + queries + keysAndValues;
    double inner = (architecture.isLlamaFamily() ? 3 : 2) * innerSize(architecture);
    double full = last + queries + 2 * d + inner;
    double values = (architecture.getNLayer() - 1) * full + last + ranks(architecture);
    return (long) (Float.BYTES * positions * values);
  }

  /** Sum of the adapters' ranks in all layers but the last. */
  private static double ranks(TransformerConfig architecture) {
    if (architecture.getLora() == null) {
      return 0;
    }
    return ParameterLayout.of(architecture).parameters().stream()
        .filter(each -> each.kind() == Kind.LORA_A && each.layer() < architecture.getNLayer() - 1)
        .mapToDouble(each -> each.shape()[0])
        .sum();
  }

  private static double innerSize(TransformerConfig architecture) {
    Integer given = architecture.getNInner();
    return given == null ? 4.0 * architecture.getNEmbd() : given;
  }
}
