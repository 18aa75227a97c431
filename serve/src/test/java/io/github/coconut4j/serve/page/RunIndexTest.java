package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs are found whatever is beside them. */
class RunIndexTest {

  @TempDir private Path directory;

  private void writeRun(String name) throws IOException {
    Files.createFile(Files.createDirectories(directory.resolve(name)).resolve("metrics.jsonl"));
  }

  @Test
  void runsAreFoundFiveFoldersDeep() throws IOException {
    writeRun("a");
    writeRun("b/c/d/e/f");
    writeRun("b/c/d/e/f/g");

    assertThat(new RunIndex(directory).runs()).containsOnlyKeys("a", "b/c/d/e/f");
  }

  /** A run that is being trained writes checkpoints and deletes them. */
  @Test
  void directoriesMayDisappearMeanwhile() throws IOException {
    writeRun("run");
    AtomicBoolean isOver = new AtomicBoolean();
    CompletableFuture<Void> training =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (!isOver.get()) {
                  Path checkpoint =
                      Files.createDirectories(directory.resolve("run/checkpoints/step-1"));
                  Files.delete(checkpoint);
                  Files.delete(checkpoint.getParent());
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      for (int i = 0; i < 1000; i++) {
        assertThat(new RunIndex(directory).runs()).containsOnlyKeys("run");
      }
    } finally {
      isOver.set(true);
    }
    training.join();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs POSIX permissions")
  void whatOthersKeepForThemselvesIsLeftOut() throws IOException {
    writeRun("run");
    writeRun("theirs");
    Path theirs = directory.resolve("theirs");
    Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("---------"));
    try {
      assumeFalse(Files.isReadable(theirs), "root may read everything");

      assertThat(new RunIndex(directory).runs()).containsOnlyKeys("run");
    } finally {
      Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
