package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.evaluation.classification.Evaluation;

class NamedOptionsTest {

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath("prosqa-balanced:40:1:nodes=10,min_steps=2,max_steps=2")
          .nLayer(1)
          .nEmbd(32)
          .nHead(2)
          .maxLatentStage(2)
          .build();

  private static Path untrained(Path directory) throws IOException {
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(directory.resolve("run")))
            .build()) {
      run.trainedModel().save(directory.resolve("model"));
    }
    return directory.resolve("model");
  }

  @Test
  void everyProblemIsInTheMatrixOnce(@TempDir Path directory) throws IOException {
    Evaluation evaluation =
        NamedOptions.evaluate(
            untrained(directory), "prosqa-balanced:20:2:nodes=10,min_steps=2,max_steps=2");

    assertEquals(20, evaluation.getNumRowCounter());
    assertEquals(20, counted(evaluation));
    assertTrue(evaluation.stats().contains("2 = neither"), evaluation.stats());
  }

  private static int counted(Evaluation evaluation) {
    int sum = 0;
    for (int right = 0; right < 3; right++) {
      for (int named = 0; named < 3; named++) {
        sum += evaluation.getConfusion().getCount(right, named);
      }
    }
    return sum;
  }
}
