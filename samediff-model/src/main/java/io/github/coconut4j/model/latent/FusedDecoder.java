package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.kernel.DecodingKernel;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Decodes on oneDNN, the keys and values of all rows kept in native memory. */
final class FusedDecoder implements Decoder {

  private final Consumer<DecodingKernel> release;
  private DecodingKernel kernel;
  private int[] nextPositions;
  private int capacity;

  /** Null until asked for after each token. */
  private INDArray logits;

  /**
   * Reads the prompts.
   *
   * @param kernel used by this decoder alone until it is closed
   * @param parameters in the order that the kernel reads them
   * @param release takes the kernel back
   */
  FusedDecoder(
      DecodingKernel kernel,
      TransformerConfig config,
      List<INDArray> parameters,
      LatentBatch prompts,
      int maxNewTokens,
      Consumer<DecodingKernel> release) {
    PromptEnds ends = PromptEnds.of(prompts);
    ends.requireRoom(maxNewTokens, config.getNPositions());
    LatentColumns.of(prompts);
    this.kernel = kernel;
    this.release = release;
    nextPositions = ends.nextPositions();
    capacity = maxNewTokens;
    kernel.start(
        List.of(
            prompts.getInputIds(),
            prompts.getPositionIds(),
            prompts.getAttentionMask(),
            prompts.getLatentMask()),
        parameters,
        maxNewTokens);
  }

  @Override
  public int rows() {
    return nextPositions.length;
  }

  @Override
  public INDArray logits() {
    if (logits == null) {
      logits = kernel.logits();
    }
    return logits;
  }

  @Override
  public INDArray hiddenStates() {
    return kernel.hiddenStates();
  }

  @Override
  public void advance(int[] tokens) {
    requireRoom();
    kernel.advance(tokens, nextPositions);
    appended();
  }

  @Override
  public void advance(INDArray inputs) {
    requireRoom();
    kernel.advance(inputs, nextPositions);
    appended();
  }

  private void requireRoom() {
    if (capacity == 0) {
      throw new IllegalStateException(
          "A decoder takes as many tokens as were foreseen when it was made, and all are used.");
    }
  }

  private void appended() {
    capacity--;
    nextPositions = Arrays.stream(nextPositions).map(position -> position + 1).toArray();
    logits = null;
  }

  @Override
  public DecoderMark mark() {
    return new DecoderMark(hiddenStates(), nextPositions, capacity);
  }

  @Override
  public void rewind(DecoderMark mark) {
    kernel.takeBack(mark.appendedSince(rows(), capacity), mark.hidden());
    capacity = mark.capacity();
    nextPositions = mark.nextPositions();
    logits = null;
  }

  @Override
  public void retain(int[] rows) {
    kernel.retain(rows);
    nextPositions = Arrays.stream(rows).map(row -> nextPositions[row]).toArray();
    logits = null;
  }

  @Override
  public void close() {
    if (kernel != null) {
      release.accept(kernel);
      kernel = null;
    }
  }
}
