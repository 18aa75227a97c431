package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A run on a file system of 3 MiB, where the system lets the test mount one. */
@EnabledOnOs(OS.LINUX)
class FullDiskTest {

  @TempDir private Path directory;

  private final TrainingConfig config =
      TinyRuns.of(Method.COT)
          .stageSteps(List.of(40))
          .maxLatentStage(0)
          .evalEverySteps(100)
          .checkpointEverySteps(1)
          .keepCheckpoints(40)
          .build();

  private static boolean succeeds(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
  }

  @BeforeEach
  void mount() throws IOException, InterruptedException {
    assumeTrue(
        Files.isExecutable(Path.of("/bin/mount"))
            && succeeds("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", directory.toString()),
        "this user or container may not mount a file system");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    succeeds("umount", "--lazy", directory.toString()); // weights that were read stay mapped
  }

  private TrainingRun.TrainingRunBuilder run() {
    return TrainingRun.builder().config(config).directory(new RunDirectory(directory));
  }

  @Test
  void thePreviousCheckpointStaysUsable() throws IOException {
    Checkpoints checkpoints = new Checkpoints(new RunDirectory(directory).checkpoints());
    try (TrainingRun run = run().build()) {
      assertThatThrownBy(run::train)
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("No space left on device", "stays usable", "--resume");
    }
    int step = checkpoints.latest().orElseThrow().getManifest().getState().getStep();
    assertThat(step).isBetween(1, 39);

    AtomicDirectory.delete(directory.resolve("checkpoints/step-1")); // makes room again
    try (TrainingRun resumed = run().resume(true).build()) {
      assertThat(resumed.state().getStep()).isEqualTo(step);
    }
  }
}
