package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations of a run outside its training. */
class RunEvaluationTest {

  @TempDir private Path directory;

  /** Means over no problem would be NaN. */
  @Test
  void aRunWithoutProblemsToEvaluateOnHasNeitherScoresNorLoss() throws IOException {
    TrainingConfig config = TinyRuns.of(Method.COT).valPath(null).evalEverySteps(null).build();
    try (TrainingRun run =
        TrainingRun.builder().config(config).directory(new RunDirectory(directory)).build()) {
      assertThatIllegalArgumentException()
          .isThrownBy(run::evaluate)
          .withMessageContaining("at least 1 problem");
      assertThatIllegalArgumentException()
          .isThrownBy(run::evaluationLoss)
          .withMessageContaining("at least 1 problem");
    }
  }
}
