package io.github.coconut4j.tuning.candidate;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;

/**
 * A training on a thread of its own, since neither files nor kernels bear an interruption. A caller
 * who is interrupted asks it to stop and returns when it has: nothing writes to its directory or
 * uses its memory any more.
 *
 * @param <T> what comes of it
 */
@RequiredArgsConstructor
public final class TrainingThread<T> {

  private final Callable<T> training;

  /** Asks the training to save its state and end; called at most once. */
  private final Runnable stop;

  /** How long it may take to end once asked. */
  private final Duration grace;

  /** Ends what the training may be waiting for, once its time is over; called at most once. */
  private final Runnable giveUp;

  /** A training that ends by itself when it is asked to. */
  public TrainingThread(Callable<T> training, Runnable stop) {
    this(training, stop, Duration.ofMillis(Long.MAX_VALUE), () -> {});
  }

  /**
   * Trains to the end.
   *
   * @throws ExecutionException around what the training threw
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

  /** Further interruptions ask for nothing new: a signal and a cancelled job may both come. */
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
        // asked already
      }
    }
  }
}
