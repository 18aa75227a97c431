package io.github.coconut4j.tuning.candidate;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;

/**
 * Runs a training on a separate thread, since files and kernels must not be interrupted. A caller
 * that is interrupted requests a stop and returns when training has ended: then nothing writes to
 * its directory or uses its memory any more.
 *
 * @param <T> type of the result
 */
@RequiredArgsConstructor
public final class TrainingThread<T> {

  private final Callable<T> training;

  /** Requests the training to save its state and end; called at most once. */
  private final Runnable stop;

  /** Time to end after the request. */
  private final Duration grace;

  /** Ends anything that the training may be waiting for after that time; called at most once. */
  private final Runnable giveUp;

  /** Makes a training that ends by itself on request. */
  public TrainingThread(Callable<T> training, Runnable stop) {
    this(training, stop, Duration.ofMillis(Long.MAX_VALUE), () -> {});
  }

  /**
   * Trains to the end.
   *
   * @throws ExecutionException wrapping the training's exception
   * @throws InterruptedException if the caller was interrupted; the training has ended
   */
  public T run() throws ExecutionException, InterruptedException {
    FutureTask<T> work = new FutureTask<>(training);
    Thread thread = new Thread(work, "training");
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      stop.run();
      awaitEnd(thread);
      throw e;
    }
    return work.get();
  }

  /** Ignores further interruptions, since a signal and a cancelled job may both occur. */
  private void awaitEnd(Thread thread) {
    final long asked = System.nanoTime();
    boolean givenUp = false;
    while (thread.isAlive()) {
      long left = grace.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked);
      if (left <= 0 && !givenUp) {
        giveUp.run();
        givenUp = true;
      }
      try {
        thread.join(givenUp ? 0 : left);
      } catch (InterruptedException e) {
        // already requested
      }
    }
  }
}
