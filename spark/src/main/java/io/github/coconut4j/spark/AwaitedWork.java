package io.github.coconut4j.spark;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lombok.extern.slf4j.Slf4j;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Work that delays the end of the Java VM, after a signal or a request of Spark, until the work has
 * ended. Its shutdown hook runs before Spark's own hooks, which stop the context and delete the
 * executors' directories.
 */
@Slf4j
final class AwaitedWork implements AutoCloseable {

  /** Hooks of a higher priority run earlier; Spark's own has a priority of 20 less. */
  private static final int BEFORE_SPARKS = FileSystem.SHUTDOWN_HOOK_PRIORITY + 50;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;

  private AwaitedWork(Runnable stop) {
    hook = new Thread(() -> awaitEnd(stop), "await-work");
  }

  /**
   * Starts work.
   *
   * @param limit longest time that the Java VM waits for the work
   * @param stop requests the work to end; called at most once, when the Java VM ends
   * @throws IllegalStateException if the Java VM is already ending
   */
  static AwaitedWork begin(Duration limit, Runnable stop) {
    AwaitedWork work = new AwaitedWork(stop);
    ShutdownHookManager.get()
        .addShutdownHook(work.hook, BEFORE_SPARKS, limit.toMillis(), TimeUnit.MILLISECONDS);
    return work;
  }

  private void awaitEnd(Runnable stop) {
    if (closed.getCount() == 0) {
      return;
    }
    stop.run();
    try {
      closed.await();
    } catch (InterruptedException e) { // the limit is reached
      Thread.currentThread().interrupt();
    }
  }

  /** Marks the work as ended. */
  @Override
  public void close() {
    closed.countDown();
    try {
      ShutdownHookManager.get().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("The Java VM is ending, and its hook has returned", e);
    }
  }
}
