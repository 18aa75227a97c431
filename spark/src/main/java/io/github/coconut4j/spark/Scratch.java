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
 * at the task's end, or by Spark at its own. An executor that is told to end interrupts the
 * training and ends once it has saved its state.
 */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class Scratch implements AutoCloseable {

  /** Kernels have one setting of threads for all trainings of a Java VM. */
  private static final Semaphore ONE = new Semaphore(1);

  private final Path path;

  @Getter(AccessLevel.NONE)
  private final AwaitedWork training;

  /**
   * A new one for the calling thread, where {@code spark.local.dir} or the cluster's manager has
   * room.
   *
   * @throws IllegalStateException if another training is under way in this executor, or it is
   *     ending
   */
  static Scratch create() throws IOException {
    if (!ONE.tryAcquire()) {
      throw new IllegalStateException(
          "An executor must train one model at a time but was given another task. Set"
              + " spark.task.cpus to the executor's cores.");
    }
    try {
      Path local = SparkEnv.get().blockManager().diskBlockManager().localDirs()[0].toPath();
      AwaitedWork training =
          AwaitedWork.begin(SparkSettings.GRACE, Thread.currentThread()::interrupt);
      try {
        return new Scratch(Files.createTempDirectory(local, "coconut4j"), training);
      } catch (IOException e) {
        training.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      ONE.release();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try (training) {
      AtomicDirectory.delete(path);
    } finally {
      ONE.release();
    }
  }
}
