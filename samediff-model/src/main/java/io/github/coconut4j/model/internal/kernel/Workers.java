package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * A fixed team of threads that share a step's work without waiting for each other inside it: each
 * runs oneDNN single-threaded on its own rows. That beats oneDNN's own threads, which meet after
 * every operation, above all on small shapes and busy machines.
 */
final class Workers implements AutoCloseable {

  private final List<ExecutorService> threads = new ArrayList<>();
  private final List<OpenMpThreads> openMp = new ArrayList<>();

  Workers(int count) {
    for (int i = 0; i < count; i++) {
      String name = "latent-loop-" + i;
      threads.add(
          Executors.newSingleThreadExecutor(
              task -> {
                Thread thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
              }));
      openMp.add(new OpenMpThreads());
    }
  }

  int count() {
    return threads.size();
  }

  /**
   * Runs {@code task} for each of some workers on that worker's thread, and waits for all. Threads
   * that are left over go to oneDNN inside the workers.
   */
  void run(int[] members, IntConsumer task) {
    List<Future<?>> running = new ArrayList<>();
    for (int member : members) {
      running.add(threads.get(member).submit(() -> work(member, members.length, task)));
    }
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

  private void work(int member, int members, IntConsumer task) {
    openMp.get(member).set(Math.max(1, count() / members));
    task.accept(member);
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
