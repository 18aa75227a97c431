package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.kernel.DecodingKernel;
import java.util.function.BiConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Decodes on oneDNN, the keys and values of all rows kept in native memory. */
final class FusedDecoder extends CheckedDecoder {

  private final DecodingKernel kernel;
  private final BiConsumer<DecodingKernel, Boolean> release;

  /**
   * Continues prompts that a kernel has read.
   *
   * @param kernel used by this decoder alone until it is closed
   * @param release takes the kernel back; its second argument says whether a call failed halfway
   */
  FusedDecoder(
      DecodingKernel kernel,
      TransformerConfig config,
      Weights weights,
      PromptEnds ends,
      int maxNewTokens,
      BiConsumer<DecodingKernel, Boolean> release) {
    super(config, weights, ends, maxNewTokens);
    this.kernel = kernel;
    this.release = release;
  }

  @Override
  INDArray computeLogits() {
    return kernel.logits();
  }

  @Override
  INDArray copyStates() {
    return kernel.hiddenStates();
  }

  @Override
  void append(int[] tokens, int[] positions) {
    kernel.advance(tokens, positions);
  }

  @Override
  void append(INDArray inputs, int[] positions) {
    kernel.advance(inputs, positions);
  }

  @Override
  void takeBack(int count, INDArray states) {
    kernel.takeBack(count, states);
  }

  @Override
  void keep(int[] rows) {
    kernel.retain(rows);
  }

  @Override
  void free(boolean failed) {
    release.accept(kernel, failed);
  }
}
