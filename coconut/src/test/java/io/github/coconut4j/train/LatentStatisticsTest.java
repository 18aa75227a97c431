package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.Objective;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

class LatentStatisticsTest {

  private static final TransformerConfig MODEL =
      TransformerConfig.builder()
          .vocabSize(9)
          .nPositions(16)
          .nEmbd(8)
          .nLayer(1)
          .nHead(2)
          .initializerRange(0.3)
          .build();

  @TempDir private Path directory;

  /** Two words, two latents in the first rows and one in the last, a word that is labelled. */
  private static LatentBatch batch(int[]... words) {
    int[][] ids = new int[words.length][];
    int[][] latents = new int[words.length][];
    int[][] labels = new int[words.length][];
    int[][] positions = new int[words.length][];
    int[][] real = new int[words.length][];
    for (int row = 0; row < words.length; row++) {
      boolean last = row == words.length - 1;
      ids[row] = new int[] {words[row][0], words[row][1], 0, 0, 3};
      latents[row] = new int[] {0, 0, 1, last ? 0 : 1, 0};
      labels[row] = new int[] {-100, -100, -100, -100, 3};
      positions[row] = new int[] {0, 1, 2, 3, 4};
      real[row] = new int[] {1, 1, 1, 1, 1};
    }
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(ids))
        .positionIds(Nd4j.createFromArray(positions))
        .attentionMask(Nd4j.createFromArray(real))
        .latentMask(Nd4j.createFromArray(latents))
        .labels(Nd4j.createFromArray(labels))
        .build();
  }

  private static LatentStatistics measure(LatentBatch batch) {
    try (LatentTransformer model =
        LatentTransformer.create(MODEL, Weights.initial(MODEL, 1), LatentLoops.FUSED)) {
      return LatentStatistics.of(model, batch, Objective.CROSS_ENTROPY);
    }
  }

  @Test
  void normsAndCosinesAreThoseOfTheInputs() {
    LatentBatch batch = batch(new int[] {1, 2}, new int[] {5, 7}, new int[] {4, 8});
    LatentStatistics found = measure(batch);

    try (LatentTransformer model =
        LatentTransformer.create(MODEL, Weights.initial(MODEL, 1), LatentLoops.UNROLLED)) {
      INDArray inputs = model.inputEmbeddings(batch);
      INDArray norms = inputs.norm2(2);
      double words = 0;
      for (int row = 0; row < 3; row++) {
        words += norms.getDouble(row, 0) + norms.getDouble(row, 1) + norms.getDouble(row, 4);
      }
      words = (words + norms.getDouble(2, 3)) / 10;
      double first = norms.getColumn(2).meanNumber().doubleValue();
      assertThat(found.getNormRatio()).hasSize(2);
      assertThat(found.getNormRatio().get(0)).isCloseTo(first / words, within(1e-5));
      double second = (norms.getDouble(0, 3) + norms.getDouble(1, 3)) / 2;
      assertThat(found.getNormRatio().get(1)).isCloseTo(second / words, within(1e-5));
      double cosine = 0;
      for (int row = 0; row < 2; row++) {
        cosine += Transforms.cosineSim(at(inputs, row, 2), at(inputs, row, 3)) / 2;
      }
      assertThat(found.getCosine().get(0)).isNaN();
      assertThat(found.getCosine().get(1)).isCloseTo(cosine, within(1e-5));
    }
    assertThat(found.getGradNorm()).hasSize(2).allMatch(norm -> norm > 0);
  }

  private static INDArray at(INDArray inputs, int row, int step) {
    return inputs.get(NDArrayIndex.point(row), NDArrayIndex.point(step), NDArrayIndex.all()).dup();
  }

  /** Two rows differ in one direction; rows that are alike in none. */
  @Test
  void theRankCountsDirectionsInWhichSequencesDiffer() {
    int[] one = {1, 2};
    assertThat(measure(batch(one, one, one)).getEffectiveRank().get(0)).isCloseTo(0, within(1e-9));
    assertThat(measure(batch(one, new int[] {5, 7}, one)).getEffectiveRank().get(0))
        .isCloseTo(1, within(1e-4));
    List<Double> ranks = measure(batch(one, new int[] {5, 7}, new int[] {4, 8})).getEffectiveRank();
    assertThat(ranks.get(0)).isBetween(1.0, 2.0);
  }

  @Test
  void areInTheMetricsOfARunWithLatents() throws IOException {
    TrainingConfig config = TinyRuns.of(Method.COCONUT).build();
    RunDirectory files = new RunDirectory(directory);
    try (TrainingRun run = TrainingRun.builder().config(config).directory(files).build()) {
      run.train();
    }
    List<EvaluationMetrics> evaluations = MetricsFile.read(files.metrics()).evaluations();

    assertThat(evaluations.get(0).getLatentNormRatio()).isNull();
    EvaluationMetrics last = evaluations.get(evaluations.size() - 1);
    assertThat(last.getLatentNormRatio()).hasSize(2).allMatch(ratio -> ratio > 0);
    assertThat(last.getLatentEffectiveRank()).hasSize(2).allMatch(rank -> rank > 0 && rank < 4);
    assertThat(last.getLatentGradNorm()).hasSize(2).allMatch(norm -> norm > 0);
    assertThat(Files.readString(files.metrics())).contains("\"latent_cosine\":[null,");
  }
}
