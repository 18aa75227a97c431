package io.github.coconut4j.cli;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * On SIGTERM or SIGINT, requests a run to stop and keeps the process alive until it has: the run
 * finishes its update and saves. Java then exits with 143 or 130.
 */
public final class StopOnSignal {

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean signalled;

  private StopOnSignal(Runnable requestStop) {
    hook =
        new Thread(
            () -> {
              signalled = true;
              requestStop.run();
              awaitDone();
            },
            "stop-on-signal");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void awaitDone() {
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Runs work that a signal may stop early.
   *
   * @param requestStop requests the work to end; called from another thread
   * @param work returns once everything is saved
   */
  public static <T> T whileRunning(Runnable requestStop, Work<T> work) throws IOException {
    StopOnSignal stop = new StopOnSignal(requestStop);
    try {
      return work.run();
    } finally {
      stop.done.countDown();
      if (!stop.signalled) {
        stop.removeHook();
      }
    }
  }

  /** Work that writes files. */
  @FunctionalInterface
  public interface Work<T> {
    /** Does the work. */
    T run() throws IOException;
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // A signal has just arrived: the hook is running and finds the run done.
      signalled = true;
    }
  }
}
