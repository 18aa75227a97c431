package io.github.coconut4j.bench;

import io.github.coconut4j.model.latent.LatentBatch;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Batches of random tokens without padding; every row has its latents in the same columns. */
final class BenchBatches {

  private BenchBatches() {}

  static LatentBatch training(BenchShape shape) {
    int[][] tokens = tokens(shape, shape.columns());
    int[][] labels = new int[shape.getRows()][];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = tokens[row].clone();
      Arrays.fill(labels[row], 0, shape.promptColumns(), LatentBatch.IGNORED_LABEL);
    }
    return batch(shape, tokens, Nd4j.createFromArray(labels));
  }

  static LatentBatch prompts(BenchShape shape) {
    return batch(shape, tokens(shape, shape.promptColumns()), null);
  }

  private static LatentBatch batch(BenchShape shape, int[][] tokens, INDArray labels) {
    int columns = tokens[0].length;
    int first = shape.getQuestion() + 1;
    int[] latents =
        IntStream.range(0, columns)
            .map(column -> column >= first && column < first + shape.getLatents() ? 1 : 0)
            .toArray();
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(tokens))
        .positionIds(rows(shape, IntStream.range(0, columns).toArray()))
        .attentionMask(rows(shape, IntStream.generate(() -> 1).limit(columns).toArray()))
        .latentMask(rows(shape, latents))
        .labels(labels)
        .build();
  }

  private static INDArray rows(BenchShape shape, int[] row) {
    int[][] rows = new int[shape.getRows()][];
    Arrays.fill(rows, row);
    return Nd4j.createFromArray(rows);
  }

  private static int[][] tokens(BenchShape shape, int columns) {
    Random random = new Random(0);
    int[][] tokens = new int[shape.getRows()][columns];
    for (int[] row : tokens) {
      Arrays.setAll(row, column -> 1 + random.nextInt(shape.getVocabulary() - 4));
    }
    return tokens;
  }
}
