package io.github.coconut4j.spark;

import io.github.coconut4j.files.AtomicDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;
import org.apache.spark.SparkEnv;

/**
 * A training's place in an executor, and its directory on the executor's own disk, which is deleted
 * at the task's end, or by Spark at its own.
 */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class Scratch implements AutoCloseable {

  /** Kernels have one setting of threads for all trainings of a Java VM. */
  private static final Semaphore ONE = new Semaphore(1);

  private final Path path;

  /**
   * A new one, where {@code spark.local.dir} or the cluster's manager has room.
   *
   * @throws IllegalStateException if another training is under way in this executor
   */
  static Scratch create() throws IOException {
    if (!ONE.tryAcquire()) {
      throw new IllegalStateException(
          "An executor must train one model at a time but was given another task. Set"
              + " spark.task.cpus to the executor's cores.");
    }
    try {
      Path local = SparkEnv.get().blockManager().diskBlockManager().localDirs()[0].toPath();
      return new Scratch(Files.createTempDirectory(local, "coconut4j"));
    } catch (IOException | RuntimeException e) {
      ONE.release();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      AtomicDirectory.delete(path);
    } finally {
      ONE.release();
    }
  }
}
