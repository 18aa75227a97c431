package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.TransformerConfig;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;

/** {@link io.github.coconut4j.model.ThoughtMapConfig} as SameDiff operations. */
public final class ThoughtMapGraph {

  private ThoughtMapGraph() {}

  /**
   * The inputs of latents after some positions.
   *
   * @param hidden final hidden states [n, D]
   * @param parameters the variable of a parameter, by its name
   * @return [n, D]; {@code hidden} if the map is the identity
   */
  public static SDVariable latents(
      SDVariable hidden, Function<String, SDVariable> parameters, TransformerConfig config) {
    return new TransformerGraph(hidden.getSameDiff(), parameters, config).latents(hidden);
  }
}
