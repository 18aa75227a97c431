package io.github.coconut4j.model.latent;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A decoder that hands over wrong logits or wrong hidden states. */
@RequiredArgsConstructor
final class FaultyDecoder implements Decoder {

  /** What is handed over wrong. */
  enum Output {
    LOGITS,
    HIDDEN_STATES
  }

  /** What is not delegated. */
  interface Outputs {
    INDArray logits();

    INDArray hiddenStates();
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
  public INDArray hiddenStates() {
    return handOver(Output.HIDDEN_STATES, decoder.hiddenStates());
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
