package io.github.coconut4j.cli;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * On SIGTERM or SIGINT, requests a run to stop and keeps the process alive until it has: the run
 * finishes its update and saves. Java then exits with 143 or 130, which says that everything is
 * saved; if the work fails, {@link #exit} exits with another status.
 */
public final class StopOnSignal {

  /** Time in which a program is to report a failure and call {@link #exit}, in seconds. */
  private static final long SECONDS_TO_REPORT = 20;

  /** Whether work failed while a signal was ending this process. */
  private static volatile boolean failedAfterSignal;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean signalled;
  private volatile boolean failed;

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
      if (failed) {
        TimeUnit.SECONDS.sleep(SECONDS_TO_REPORT); // unless exit ends the process before
      }
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
    stop.failed = true; // until the work has returned
    try {
      T result = work.run();
      stop.failed = false;
      return result;
    } finally {
      if (!stop.signalled) {
        stop.removeHook();
      }
      failedAfterSignal |= stop.signalled && stop.failed;
      stop.done.countDown();
    }
  }

  /**
   * Ends the process. After work that failed while a signal was ending the process, it ends at once
   * with the given status: {@link System#exit} would wait for ever, and Java would exit with the
   * status of saved work.
   *
   * @param status 0 if everything succeeded
   */
  public static void exit(int status) {
    if (failedAfterSignal && status != 0) {
      Runtime.getRuntime().halt(status);
    }
    System.exit(status);
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
