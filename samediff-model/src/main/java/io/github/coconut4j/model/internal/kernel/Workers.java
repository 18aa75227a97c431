package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;

/**
 * A fixed team of threads, the caller's among them, that share a step's work without waiting for
 * each other inside it: each runs oneDNN single-threaded on its own rows. That beats oneDNN's own
 * threads, which meet after every operation, above all on small shapes and busy machines.
 */
final class Workers implements AutoCloseable {

  /** All but the caller's thread. */
  private final List<ExecutorService> threads = new ArrayList<>();

  private final OpenMpThreads openMp = new OpenMpThreads();

  Workers(int count) {
    for (int i = 1; i < count; i++) {
      String name = "latent-loop-" + i;
      threads.add(
          Executors.newSingleThreadExecutor(
              task -> {
                Thread thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
              }));
    }
  }

  int count() {
    return threads.size() + 1;
  }

  /**
   * Runs {@code task} for each of some workers and waits for all. The first runs on the caller's
   * thread, which would otherwise sleep and have to be woken.
   *
   * @param threadsEach oneDNN's threads inside each worker
   */
  void run(int[] members, int threadsEach, IntConsumer task) {
    List<Future<?>> running = new ArrayList<>();
    for (int i = 1; i < members.length; i++) {
      int member = members[i];
      running.add(threads.get(i - 1).submit(() -> work(member, threadsEach, task)));
    }
    if (members.length > 0) {
      FutureTask<?> own = new FutureTask<>(() -> work(members[0], threadsEach, task), null);
      own.run();
      running.add(own);
    }
    awaitAll(running);
  }

  private void work(int member, int threadsEach, IntConsumer task) {
    int before = openMp.set(threadsEach);
    try {
      task.accept(member);
    } finally {
      openMp.set(before);
    }
  }

  private static void awaitAll(List<Future<?>> running) {
    RuntimeException failure = null;
    for (Future<?> future : running) {
      try {
        future.get();
      } catch (ExecutionException e) {
        failure = unwrapped(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = new IllegalStateException("Interrupted while the latent loop was running", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static RuntimeException unwrapped(ExecutionException e) {
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof RuntimeException cause
        ? cause
        : new IllegalStateException(e.getCause());
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::shutdown);
  }
}
