package io.github.coconut4j.train;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes checkpoints on a separate thread, one at a time and from copies: training continues as
 * soon as the arrays are copied. A failure is thrown on the training thread, at its next call.
 */
final class CheckpointWriter implements AutoCloseable {

  /** Writes a checkpoint's files. */
  @FunctionalInterface
  interface Writing {
    void write(Map<String, INDArray> weights, Map<String, INDArray> optimizer) throws IOException;
  }

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread writer = new Thread(task, "checkpoint-writer");
            writer.setDaemon(true);
            return writer;
          });

  /** Copies of the arrays at one moment; their memory is reused. */
  private final Map<String, INDArray> weights = new LinkedHashMap<>();

  private final Map<String, INDArray> optimizer = new LinkedHashMap<>();
  private Future<Void> running;

  /** Copies the arrays and starts writing, after the previous checkpoint is written. */
  void begin(
      Map<String, INDArray> liveWeights, Map<String, INDArray> liveOptimizer, Writing writing)
      throws IOException {
    await();
    copy(liveWeights, weights);
    copy(liveOptimizer, optimizer);
    running =
        thread.submit(
            () -> {
              writing.write(weights, optimizer);
              return null;
            });
  }

  private static void copy(Map<String, INDArray> live, Map<String, INDArray> copies) {
    live.forEach(
        (name, array) -> {
          INDArray copy = copies.get(name);
          if (copy == null) {
            copies.put(name, array.dup('c'));
          } else {
            copy.assign(array);
          }
        });
  }

  /** Throws the failure of the last checkpoint, if there is one by now. */
  void throwFailure() throws IOException {
    if (running != null && running.isDone()) {
      await();
    }
  }

  /** Waits until the last checkpoint is written, or throws its failure. */
  void await() throws IOException {
    if (running == null) {
      return;
    }
    try {
      running.get();
      running = null;
    } catch (ExecutionException e) {
      running = null;
      throw failure(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while a checkpoint was written.");
    }
  }

  private static IOException failure(Throwable cause) {
    if (cause instanceof RuntimeException exception) {
      throw exception;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return (IOException) cause;
  }

  /**
   * Waits until the last checkpoint is written, also if the thread is interrupted: afterwards the
   * run's directory may be deleted.
   */
  @Override
  public void close() throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (running != null) {
        try {
          await();
        } catch (InterruptedIOException e) {
          if (running == null) { // of the writing itself
            throw e;
          }
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      thread.shutdown();
      free(weights);
      free(optimizer);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void free(Map<String, INDArray> copies) {
    copies.values().forEach(INDArray::close);
    copies.clear();
  }
}
