package io.github.coconut4j.examples;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Trains a small transformer from scratch to think before it answers; far too short to be right. */
final class FirstTraining {

  private FirstTraining() {}

  public static void main(String[] args) throws IOException {
    TrainingConfig config =
        TrainingConfig.builder()
            .method(Method.COCONUT)
            .trainPath("prosqa-balanced:500:1:nodes=10,min_steps=2,max_steps=2")
            .valPath("prosqa-balanced:20:2:nodes=10,min_steps=2,max_steps=2")
            .maxLatentStage(2)
            .stageSteps(List.of(10, 10, 10)) // updates with 0, 1 and 2 steps replaced by thoughts
            .maxNewTokens(24)
            .build();
    RunDirectory directory = new RunDirectory(Path.of(args[0]));
    try (TrainingRun run = TrainingRun.builder().config(config).directory(directory).build()) {
      run.train();
      System.out.println(run.evaluate().accuracy());
    }
  }
}
