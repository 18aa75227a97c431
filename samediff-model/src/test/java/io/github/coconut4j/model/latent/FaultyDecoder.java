package io.github.coconut4j.model.latent;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A decoder that returns wrong logits or wrong latents. */
@RequiredArgsConstructor
final class FaultyDecoder implements Decoder {

  /** The output that is wrong. */
  enum Output {
    LOGITS,
    LATENTS
  }

  /** The methods that are not delegated. */
  interface Outputs {
    INDArray logits();

    INDArray latents();
  }

  @Delegate(excludes = Outputs.class)
  private final Decoder decoder;

  private final Output wrong;
  private final Fault fault;

  /** Whether the fault was injected; a second one could cancel the first. */
  private boolean isInjected;

  @Override
  public INDArray logits() {
    return changed(Output.LOGITS, decoder.logits());
  }

  @Override
  public INDArray latents() {
    return changed(Output.LATENTS, decoder.latents());
  }

  private INDArray changed(Output output, INDArray array) {
    INDArray copy = array.dup();
    if (output == wrong && !isInjected) {
      isInjected = true;
      fault.apply(copy);
    }
    return copy;
  }
}
