package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All problems in one batch, for which users give a number far above theirs. */
class HugeBatchTest {

  private static final String PROBLEMS = ":nodes=8,min_steps=2,max_steps=2";

  @TempDir private Path directory;

  private double lossOfOneUpdate(int batchSize) throws IOException {
    TrainingConfig config =
        TrainingConfig.builder()
            .method(Method.COT)
            .trainPath("prosqa:6:1" + PROBLEMS)
            .valPath("prosqa:6:2" + PROBLEMS)
            .nLayer(1)
            .nEmbd(16)
            .nHead(2)
            .nPositions(128)
            .stageSteps(List.of(1))
            .batchSizeTraining(batchSize)
            .maxNewTokens(1)
            .build();
    RunDirectory run = new RunDirectory(directory.resolve("" + batchSize));
    try (TrainingRun training = TrainingRun.builder().config(config).directory(run).build()) {
      training.train();
      return training.evaluationLoss();
    }
  }

  @Test
  void theLargestNumberIsOneBatch() throws IOException {
    assertThat(lossOfOneUpdate(Integer.MAX_VALUE)).isEqualTo(lossOfOneUpdate(6)).isFinite();
  }
}
