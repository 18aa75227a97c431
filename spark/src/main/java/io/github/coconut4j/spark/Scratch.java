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
 * A training's directory on the executor's own disk. It is deleted at the end of the task, or by
 * the cluster manager after the end of the executor. Only one training may run in an executor. If
 * the executor is stopped, it interrupts the training and ends after the training has saved its
 * state.
 */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class Scratch implements AutoCloseable {

  /** The number of kernel threads is one setting for all trainings of a Java VM. */
  private static final Semaphore ONE = new Semaphore(1);

  private final Path path;

  @Getter(AccessLevel.NONE)
  private final AwaitedWork training;

  /**
   * Creates the directory in {@code spark.local.dir}, or where the cluster manager says. It is
   * beside Spark's directory for blocks and not in it, since an executor that has lost its driver
   * deletes that one first and ends later. The calling thread is the one to interrupt.
   *
   * @throws IllegalStateException if another training runs in this executor, or the executor is
   *     ending
   * @throws IOException if the directory cannot be created
   */
  static Scratch create() throws IOException {
    if (!ONE.tryAcquire()) {
      throw new IllegalStateException(
          "An executor must train one model at a time but was given another task. Set"
              + " spark.task.cpus to the executor's cores.");
    }
    try {
      Path blocks = SparkEnv.get().blockManager().diskBlockManager().localDirs()[0].toPath();
      AwaitedWork training =
          AwaitedWork.begin(SparkSettings.GRACE, Thread.currentThread()::interrupt);
      try {
        return new Scratch(Files.createTempDirectory(blocks.getParent(), "coconut4j"), training);
      } catch (IOException | RuntimeException | Error e) {
        training.close();
        throw e;
      }
    } catch (IOException | RuntimeException | Error e) {
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
