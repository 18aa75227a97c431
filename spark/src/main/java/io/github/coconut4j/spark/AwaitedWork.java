package io.github.coconut4j.spark;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lombok.extern.slf4j.Slf4j;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Work that a Java VM does not end before, whoever ends it: a signal, or Spark. Spark's own hooks,
 * which stop the context and delete executors' directories, run after it.
 */
@Slf4j
final class AwaitedWork implements AutoCloseable {

  /** Spark's own hook has 20 less. */
  private static final int BEFORE_SPARKS = FileSystem.SHUTDOWN_HOOK_PRIORITY + 50;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;

  private AwaitedWork(Runnable stop) {
    hook = new Thread(() -> awaitEnd(stop), "await-work");
  }

  /**
   * Begins work.
   *
   * @param limit how long the Java VM waits at most
   * @param stop asks the work to end when the Java VM is to; called at most once
   * @throws IllegalStateException if the Java VM is ending
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

  /** Says that the work has ended. */
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
