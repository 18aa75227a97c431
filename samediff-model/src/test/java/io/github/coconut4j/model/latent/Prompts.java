package io.github.coconut4j.model.latent;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Batches of prompts for the tests. */
final class Prompts {

  private Prompts() {}

  /** One prompt without padding. */
  static LatentBatch single(int[] tokens, int latentId) {
    int[] ones = new int[tokens.length];
    Arrays.fill(ones, 1);
    return LatentBatch.builder()
        .inputIds(row(tokens))
        .positionIds(row(IntStream.range(0, tokens.length).toArray()))
        .attentionMask(row(ones))
        .latentMask(row(IntStream.of(tokens).map(id -> id == latentId ? 1 : 0).toArray()))
        .build();
  }

  private static INDArray row(int[] values) {
    return Nd4j.createFromArray(new int[][] {values});
  }
}
