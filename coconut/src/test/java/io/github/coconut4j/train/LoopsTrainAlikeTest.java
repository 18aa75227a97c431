package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rounding differs between the loops; what a run learns in its first updates must not. */
class LoopsTrainAlikeTest {

  private static final int UPDATES = 50;

  @TempDir private Path directory;

  @Test
  void theFirstFiftyLossesAgree() throws IOException {
    List<Double> fused = losses(LatentLoops.FUSED);
    List<Double> unrolled = losses(LatentLoops.UNROLLED);
    assertThat(fused).hasSize(UPDATES);
    assertThat(fused.get(UPDATES - 1)).isLessThan(fused.get(0) / 2);
    for (int update = 0; update < UPDATES; update++) {
      assertThat(unrolled.get(update)).isFinite();
      assertThat(fused.get(update))
          .as("loss of update %d", update + 1)
          .isCloseTo(unrolled.get(update), withinPercentage(0.1));
    }
  }

  private List<Double> losses(LatentLoops loop) throws IOException {
    TrainingConfig config =
        TinyRuns.of(Method.COCONUT)
            .loop(loop)
            .batchSizeTraining(8) // all problems, so that a stage has one unrolled graph
            .stageSteps(List.of(15, 15, 20))
            .evalEverySteps(UPDATES)
            .lr(1e-3)
            .build();
    RunDirectory run = new RunDirectory(directory.resolve(loop.name()));
    try (TrainingRun training = TrainingRun.builder().config(config).directory(run).build()) {
      training.train();
    }
    return MetricsFile.read(run.metrics()).updates().stream().map(UpdateMetrics::getLoss).toList();
  }
}
