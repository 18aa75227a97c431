package io.github.coconut4j.train;

import io.github.coconut4j.config.LrSchedule;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.util.List;

/** Configurations small enough to train in a test. */
final class TinyRuns {

  private static final String PROBLEMS =
      ":nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  private TinyRuns() {}

  static TrainingConfig.TrainingConfigBuilder of(Method method) {
    return TrainingConfig.builder()
        .method(method)
        .trainPath("prosqa:8:3" + PROBLEMS)
        .valPath("prosqa:8:3" + PROBLEMS)
        .nLayer(2)
        .nEmbd(32)
        .nHead(2)
        .nPositions(64)
        .initializerRange(0.1)
        .maxLatentStage(2)
        .icotTokensPerEpoch(3)
        .stageSteps(List.of(4, 3, 5))
        .batchSizeTraining(4)
        .evalEverySteps(4)
        .maxNewTokens(12)
        .lr(5e-3)
        .weightDecay(0)
        .lrSchedule(LrSchedule.COSINE);
  }
}
