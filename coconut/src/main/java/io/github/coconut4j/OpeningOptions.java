package io.github.coconut4j;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.latent.LatentLoops;
import java.nio.file.Path;
import lombok.Builder;
import lombok.Value;
import lombok.With;

/** How {@link CoconutModel#open(Path, OpeningOptions)} opens a model directory for inference. */
@Value
@Builder
public class OpeningOptions {

  /**
   * An adapter for the model: one of PEFT's, or the {@code model/} of a training run with {@code
   * lora}. Null for none.
   */
  @With Path adapter;

  /** The latent loop. */
  @Builder.Default LatentLoops loop = LatentLoops.AUTO;

  /**
   * Precision in which the weights of linear layers and the tables of tokens and outputs are
   * stored: bfloat16 takes half the memory. Weights of another type in the file are rounded; those
   * of an adapter are float32.
   */
  @Builder.Default Precision weights = Precision.FLOAT32;

  /**
   * Precision of the linear layers' products. With weights in bfloat16, products in bfloat16 take
   * less time; the answer may differ where two tokens are almost equally likely.
   */
  @Builder.Default Precision precision = Precision.FLOAT32;
}
