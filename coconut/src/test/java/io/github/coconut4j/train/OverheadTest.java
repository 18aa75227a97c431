package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.impl.ScoreListener;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What watching and saving cost in a run of the width and length of the shape prosqa-small. */
@Tag("nightly")
class OverheadTest {

  private static final int UPDATES = 24;
  private static final int CHECKPOINT_EVERY = 6;

  @TempDir private Path directory;

  private final TrainingConfig config =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath("prosqa:200:2")
          .nLayer(2)
          .nEmbd(256)
          .nHead(8)
          .nPositions(256)
          .maxLatentStage(6)
          .curriculum(false)
          .maxSteps(UPDATES)
          .numEpochs(UPDATES)
          .batchSizeTraining(32)
          .augment(true)
          .checkpointEverySteps(CHECKPOINT_EVERY)
          .build();

  @Test
  void watchingTakesLessThanTwoPercent() throws IOException {
    TrainingConfig unsaved = config.toBuilder().checkpointEverySteps(null).build();
    try (TrainingRun run =
        TrainingRun.builder()
            .config(unsaved)
            .directory(new RunDirectory(directory))
            .listener(new ScoreListener(1, true, false))
            .build()) {
      run.train();
      double share = run.callbackSeconds() / run.getTrainingSeconds();
      System.err.printf(
          "observers: %.4f s of %.2f s, %.3f %%%n",
          run.callbackSeconds(), run.getTrainingSeconds(), 100 * share);
      assertThat(share).isLessThan(0.02);
    }
  }

  @Test
  void aCheckpointHoldsTrainingForACopyOnly() throws IOException {
    try (TrainingRun run =
        TrainingRun.builder().config(config).directory(new RunDirectory(directory)).build()) {
      run.train();
      double perCheckpoint = run.callbackSeconds() / (UPDATES / CHECKPOINT_EVERY);
      double copying = copySeconds(run);
      System.err.printf(
          "a checkpoint holds training for %.1f ms, a copy takes %.1f ms%n",
          1000 * perCheckpoint, 1000 * copying);
      assertThat(perCheckpoint).isLessThan(3 * copying);
    }
  }

  /**
   * Copies of the weights and both moments into fresh memory, as the first checkpoint makes them.
   */
  private static double copySeconds(TrainingRun run) {
    Map<String, INDArray> weights = run.trainedModel().getTransformer().getWeights().asMap();
    List<INDArray> copies = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < 3; i++) {
      weights.values().forEach(array -> copies.add(array.dup()));
    }
    long nanos = System.nanoTime() - start;
    copies.forEach(INDArray::close);
    return nanos / 1e9;
  }
}
