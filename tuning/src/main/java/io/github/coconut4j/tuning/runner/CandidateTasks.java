package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.tuning.candidate.TrainerLostException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;

/** The running tasks, each on its own thread. */
final class CandidateTasks implements AutoCloseable {

  private static final long POLL_MILLIS = 50;

  private final Function<Candidate<?>, Callable<OptimizationResult>> creator;
  private final ExecutorService executor;
  private final CompletionService<OptimizationResult> completions;
  private final Set<Integer> started = new HashSet<>();
  private final AtomicBoolean interrupted = new AtomicBoolean();

  CandidateTasks(Function<Candidate<?>, Callable<OptimizationResult>> creator, int parallel) {
    this.creator = creator;
    executor =
        Executors.newFixedThreadPool(
            parallel,
            work -> {
              Thread thread = new Thread(work, "candidate");
              thread.setDaemon(true);
              return thread;
            });
    completions = new ExecutorCompletionService<>(executor);
  }

  /** Starts a candidate's task, if it is not running already. */
  void start(Candidate<?> candidate) {
    if (started.add(candidate.getIndex())) {
      completions.submit(() -> run(candidate));
    }
  }

  /** Runs a task; if it throws, whoever wrote it, its candidate has failed. */
  private OptimizationResult run(Candidate<?> candidate)
      throws InterruptedException, TrainerLostException {
    if (candidate.getException() != null) {
      return ResultConversion.failed(candidate, candidate.getException());
    }
    try {
      return creator.apply(candidate).call();
    } catch (InterruptedException | TrainerLostException e) {
      throw e;
    } catch (Exception | LinkageError | OutOfMemoryError | StackOverflowError e) {
      return ResultConversion.failed(candidate, e);
    }
  }

  /**
   * Waits a moment for a task to end.
   *
   * @return its result, or null if none has ended
   * @throws InterruptedException if a task was interrupted, or this thread
   * @throws TrainerLostException if a task cannot be run and no other could
   */
  OptimizationResult poll() throws InterruptedException, TrainerLostException {
    Future<OptimizationResult> done = completions.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
    if (done == null) {
      return null;
    }
    try {
      OptimizationResult result = done.get();
      started.remove(result.getIndex());
      return result;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TrainerLostException cause) {
        throw cause;
      }
      throw interruption(e);
    }
  }

  private static InterruptedException interruption(ExecutionException error) {
    if (error.getCause() instanceof InterruptedException cause) {
      return cause;
    }
    throw new IllegalStateException("A candidate's task ended unexpectedly.", error.getCause());
  }

  /**
   * Interrupts the running tasks, only once: a second interruption could occur while they save
   * their state.
   */
  void interrupt() {
    if (interrupted.compareAndSet(false, true)) {
      executor.shutdownNow();
    }
  }

  /** Interrupts the tasks and waits until they have saved their state. */
  @Override
  public void close() {
    interrupt();
    boolean wasInterrupted = false;
    while (!executor.isTerminated()) {
      try {
        executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        wasInterrupted = true;
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
