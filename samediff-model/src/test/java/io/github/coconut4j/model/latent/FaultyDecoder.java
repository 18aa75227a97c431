package io.github.coconut4j.model.latent;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A decoder that hands over wrong logits or wrong latents. */
@RequiredArgsConstructor
final class FaultyDecoder implements Decoder {

  /** What is handed over wrong. */
  enum Output {
    LOGITS,
    LATENTS
  }

  /** What is not delegated. */
  interface Outputs {
    INDArray logits();

    INDArray latents();
  }

  @Delegate(excludes = Outputs.class)
  private final Decoder decoder;

  private final Output wrong;
  private final Fault fault;

  /** Once is enough: a fault in what an earlier one has spoilt may change nothing more. */
  private boolean sown;

  @Override
  public INDArray logits() {
    return handOver(Output.LOGITS, decoder.logits());
  }

  @Override
  public INDArray latents() {
    return handOver(Output.LATENTS, decoder.latents());
  }

  private INDArray handOver(Output output, INDArray array) {
    INDArray copy = array.dup();
    if (output == wrong && !sown) {
      sown = true;
      fault.sow(copy);
    }
    return copy;
  }
}
