package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointSaverTest {

  @TempDir private Path directory;

  /** The first evaluation, which is the best so far, is at the end of the first stage. */
  @Test
  void aStagesEndLeavesTheBestItsMark() throws IOException {
    RunDirectory files = new RunDirectory(directory);
    try (TrainingRun run =
        TrainingRun.builder()
            .config(
                TinyRuns.of(Method.COCONUT)
                    .checkpointEverySteps(100)
                    .keepCheckpoints(10)
                    .evalEverySteps(4)
                    .lr(1e-9)
                    .build())
            .directory(files)
            .build()) {
      run.train();
    }

    try (Stream<Path> checkpoints = Files.list(files.checkpoints())) {
      List<Path> best = checkpoints.filter(Checkpoint::isBest).toList();
      assertThat(best)
          .singleElement()
          .extracting(checkpoint -> checkpoint.getFileName().toString())
          .isEqualTo("step-4");
    }
  }
}
