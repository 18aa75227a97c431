package io.github.coconut4j.model.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A fixed thread pool that includes the caller's thread. Its threads divide a step's work and do
 * not wait for each other within the step: each runs oneDNN single-threaded on its own rows. This
 * is faster than oneDNN's own threads, which synchronize after every operation, above all for small
 * shapes and on busy machines.
 */
final class Workers implements AutoCloseable {

  /** All threads except the caller's. */
  private final List<ExecutorService> threads = new ArrayList<>();

  private final OpenMpThreads openMp = new OpenMpThreads();

  Workers(int count) {
    this(count, daemons());
  }

  /** Makes a pool whose threads are started when first needed. */
  Workers(int count, ThreadFactory factory) {
    for (int i = 1; i < count; i++) {
      threads.add(Executors.newSingleThreadExecutor(factory));
    }
  }

  private static ThreadFactory daemons() {
    AtomicInteger made = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "latent-loop-" + made.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  int count() {
    return threads.size() + 1;
  }

  /**
   * Runs {@code task} for each of some workers and waits for all. The first runs on the caller's
   * thread, which would otherwise sleep and have to be woken. An interrupt is postponed, since the
   * workers would continue in memory that the caller frees.
   *
   * @param threadsEach number of oneDNN's threads in each worker
   * @throws OutOfMemoryError if a thread cannot be started; the next call tries again
   */
  void run(int[] chosen, int threadsEach, IntConsumer task) {
    List<CompletableFuture<?>> running = new ArrayList<>();
    try {
      for (int i = 1; i < chosen.length; i++) {
        int worker = chosen[i];
        running.add(
            CompletableFuture.runAsync(() -> work(worker, threadsEach, task), threads.get(i - 1)));
      }
      if (chosen.length > 0) {
        running.add(
            CompletableFuture.runAsync(() -> work(chosen[0], threadsEach, task), Runnable::run));
      }
    } catch (RuntimeException | Error e) {
      // Started tasks must end before the caller may free their memory.
      running.add(CompletableFuture.failedFuture(e));
    }
    awaitAll(running);
  }

  private void work(int worker, int threadsEach, IntConsumer task) {
    int before = openMp.set(threadsEach);
    try {
      task.accept(worker);
    } finally {
      openMp.restore(before);
    }
  }

  /** Throws the first failure after all have ended. */
  private static void awaitAll(List<CompletableFuture<?>> running) {
    Throwable failure = null;
    for (CompletableFuture<?> future : running) {
      try {
        future.join();
      } catch (CompletionException e) {
        failure = failure == null ? e.getCause() : failure;
      }
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::shutdown);
  }
}
