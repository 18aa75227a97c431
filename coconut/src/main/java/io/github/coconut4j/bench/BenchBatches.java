package io.github.coconut4j.bench;

import io.github.coconut4j.model.latent.LatentBatch;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Batches of random tokens without padding; every row has its latents in the same columns. */
public final class BenchBatches {

  private BenchBatches() {}

  /** A batch for training. */
  public static LatentBatch training(BenchSizes sizes) {
    int[][] tokens = tokens(sizes, sizes.columns());
    int[][] labels = new int[sizes.getRows()][];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = tokens[row].clone();
      Arrays.fill(labels[row], 0, sizes.promptColumns(), LatentBatch.IGNORED_LABEL);
    }
    return batch(sizes, tokens, Nd4j.createFromArray(labels));
  }

  /** Only the prompts of the same rows, without labels. */
  public static LatentBatch prompts(BenchSizes sizes) {
    return batch(sizes, tokens(sizes, sizes.promptColumns()), null);
  }

  private static LatentBatch batch(BenchSizes sizes, int[][] tokens, INDArray labels) {
    int columns = tokens[0].length;
    int first = sizes.getQuestion() + 1;
    int[] latents =
        IntStream.range(0, columns)
            .map(column -> column >= first && column < first + sizes.getLatents() ? 1 : 0)
            .toArray();
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(tokens))
        .positionIds(rows(sizes, IntStream.range(0, columns).toArray()))
        .attentionMask(rows(sizes, IntStream.generate(() -> 1).limit(columns).toArray()))
        .latentMask(rows(sizes, latents))
        .labels(labels)
        .build();
  }

  private static INDArray rows(BenchSizes sizes, int[] row) {
    int[][] rows = new int[sizes.getRows()][];
    Arrays.fill(rows, row);
    return Nd4j.createFromArray(rows);
  }

  private static int[][] tokens(BenchSizes sizes, int columns) {
    Random random = new Random(0);
    int[][] tokens = new int[sizes.getRows()][columns];
    for (int[] row : tokens) {
      Arrays.setAll(row, column -> 1 + random.nextInt(sizes.getTransformer().getVocabSize() - 4));
    }
    return tokens;
  }
}
