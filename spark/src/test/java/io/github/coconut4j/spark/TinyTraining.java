package io.github.coconut4j.spark;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.util.List;

/** Configurations of trainings that are small enough for a test. */
final class TinyTraining {

  private static final String PROBLEMS =
      "prosqa:19:5:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  private TinyTraining() {}

  /** Two micro-batches per update; the last update of an epoch has one. */
  static TrainingConfig.TrainingConfigBuilder of(Integer... stageSteps) {
    return TrainingConfig.builder()
        .name("tiny")
        .method(Method.COCONUT)
        .trainPath(PROBLEMS)
        .valPath(PROBLEMS)
        .nLayer(1)
        .nEmbd(16)
        .nHead(2)
        .nPositions(64)
        .initializerRange(0.1)
        .maxLatentStage(2)
        .stageSteps(List.of(stageSteps))
        .batchSizeTraining(4)
        .gradientAccumulationSteps(2)
        .evalEverySteps(10)
        .maxNewTokens(6)
        .checkpointEverySteps(5)
        .dropout(0.1)
        .lr(5e-3)
        .threads(1)
        .seed(1);
  }
}
