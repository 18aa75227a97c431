package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.kernel.DecodingKernel;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Decodes on oneDNN, the keys and values of all rows kept in native memory until it is closed. */
final class FusedDecoder implements Decoder {

  private final DecodingKernel kernel;
  private int[] nextPositions;
  private int capacity;
  private INDArray hidden;
  private INDArray logits;

  FusedDecoder(
      TransformerConfig config,
      Weights weights,
      List<INDArray> parameters,
      LatentBatch prompts,
      int maxNewTokens) {
    PromptEnds ends = PromptEnds.of(prompts);
    ends.requireRoom(maxNewTokens, config.getNPositions());
    LatentColumns.of(prompts);
    nextPositions = ends.nextPositions();
    capacity = maxNewTokens;
    kernel =
        new DecodingKernel(
            config.getNLayer(),
            config.getNHead(),
            config.innerSize(),
            config.getLayerNormEpsilon(),
            weights.get(Weights.TOKEN_TABLE));
    hidden =
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
      logits = kernel.logits(hidden);
    }
    return logits;
  }

  @Override
  public void advance(int[] tokens) {
    if (capacity == 0) {
      throw new IllegalStateException(
          "A decoder takes as many tokens as were foreseen when it was made, and all are used.");
    }
    capacity--;
    INDArray previous = hidden;
    hidden = kernel.advance(tokens, nextPositions);
    nextPositions = Arrays.stream(nextPositions).map(position -> position + 1).toArray();
    previous.close();
    forgetLogits();
  }

  @Override
  public void retain(int[] rows) {
    kernel.retain(rows);
    nextPositions = Arrays.stream(rows).map(row -> nextPositions[row]).toArray();
    hidden = hidden.getRows(rows);
    forgetLogits();
  }

  @Override
  public void close() {
    kernel.close();
  }

  private void forgetLogits() {
    if (logits != null) {
      logits.close();
      logits = null;
    }
  }
}
