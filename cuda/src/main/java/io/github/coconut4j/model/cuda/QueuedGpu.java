package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.DeviceException;
import java.util.ArrayList;
import java.util.List;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A GPU whose commands wait until the host needs a result or memory is freed. The small uploads of
 * a step are then one copy before its first command, and a step that was run before can be launched
 * as one graph. Several threads may use it; commands run in the order in which they were added.
 *
 * <p>If a command fails, those that waited with it are dropped. Nothing that depends on them would
 * be right, so from then on every command and copy is rejected; memory can still be freed.
 */
@Slf4j
final class QueuedGpu implements Gpu {

  /** Larger uploads are not staged, but copied directly. */
  private static final long LARGEST_STAGED = 1L << 20;

  /** Most commands that wait. */
  private static final int MOST_COMMANDS = 1 << 14;

  /** Size of the buffer for results that are downloaded together. */
  private static final long RESULT_BYTES = 4096;

  private final DriverGpu driver;
  private final CommandGraphs graphs;
  private final StagedUploads staged;
  private final BytePointer hostResults;
  private final long results;
  private final List<GpuCommand> queue = new ArrayList<>();

  private volatile Runnable reclaim = () -> {};

  /** The failure of the first command that failed, or null. */
  private DeviceException failure;

  /**
   * Makes a queue for a GPU.
   *
   * @param graphs most CUDA graphs to keep; 0 for none
   */
  QueuedGpu(DriverGpu driver, int graphs) {
    this.driver = driver;
    this.graphs = new CommandGraphs(driver, graphs);
    staged = new StagedUploads(driver);
    hostResults = driver.allocateHost(RESULT_BYTES);
    results = driver.allocate(RESULT_BYTES);
  }

  /** The GPU itself, for commands that put other libraries' work on its stream. */
  DriverGpu driver() {
    return driver;
  }

  /** Sets the most CUDA graphs to keep; 0 for none. */
  synchronized void keepGraphs(int most) {
    submit();
    graphs.keep(most);
  }

  /** Number of times that commands were launched as a graph. */
  synchronized long graphLaunches() {
    return graphs.launches();
  }

  /** Sets what frees memory that nothing uses, before memory is said to be missing. */
  void reclaimBy(Runnable newReclaim) {
    reclaim = newReclaim;
  }

  @Override
  public long allocate(long bytes) {
    try {
      return driver.allocate(bytes);
    } catch (OutOfMemoryError e) {
      reclaim.run(); // not synchronized, since it may wait for a thread that adds commands
      return driver.allocate(bytes);
    }
  }

  @Override
  public synchronized void free(long address) {
    if (address != 0) {
      settle();
      driver.free(address);
    }
  }

  /**
   * Submits all commands, before something that they may use is freed. If one of them fails, the
   * next command or copy throws its failure, so that everything else can be freed as well.
   */
  synchronized void settle() {
    if (failure == null) {
      try {
        submit();
      } catch (DeviceException e) {
        log.debug("The next command throws the failure of one before: {}", e.getMessage());
      }
    }
  }

  /** Accepts commands again: for tests, whose driver can restore a lost GPU. */
  synchronized void forgetFailure() {
    failure = null;
  }

  private void requireIntact() {
    if (failure != null) {
      throw new DeviceException(failure.getMessage(), failure);
    }
  }

  /** Runs something after whose failure no command may follow. */
  private void run(Runnable work) {
    requireIntact();
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      queue.clear();
      failure = e instanceof DeviceException known ? known : failure(e);
      throw failure;
    }
  }

  private static DeviceException failure(Throwable cause) {
    String message =
        cause instanceof OutOfMemoryError && cause.getMessage() != null
            ? cause.getMessage()
            : "The GPU must complete every operation, but one could not be given to it ("
                + cause
                + "). Run again, from the last checkpoint if this was a training run.";
    return new DeviceException(message, cause);
  }

  @Override
  public synchronized void upload(Pointer from, long to, long bytes) {
    if (bytes > LARGEST_STAGED) {
      submit();
      run(
          () -> {
            driver.upload(from, to, bytes);
            driver.synchronize(); // whether the driver itself waits depends on the machine
          });
      staged.arrived();
    } else if (bytes > 0) {
      run(
          () -> {
            requireRoom(StagedUploads.room(bytes));
            copy(staged.add(from, bytes), to, bytes);
          });
    }
  }

  private void requireRoom(long bytes) {
    if (!staged.hasRoom(bytes)) {
      submit();
    }
  }

  @Override
  public synchronized void download(List<Download> downloads) {
    long bytes = downloads.stream().mapToLong(each -> StagedUploads.room(each.bytes())).sum();
    if (downloads.size() < 2 || bytes > RESULT_BYTES) {
      submit();
      run(
          () ->
              downloads.stream()
                  .filter(each -> each.bytes() > 0)
                  .forEach(each -> driver.download(each.from(), each.to(), each.bytes())));
    } else {
      downloadTogether(downloads, bytes);
    }
    staged.arrived();
  }

  private void downloadTogether(List<Download> downloads, long bytes) {
    long at = 0;
    for (Download each : downloads) {
      copy(each.from(), results + at, each.bytes());
      at += StagedUploads.room(each.bytes());
    }
    submit();
    run(() -> driver.download(results, hostResults, bytes));
    at = 0;
    for (Download each : downloads) {
      Pointer.memcpy(each.to(), hostResults.getPointer(at), each.bytes());
      at += StagedUploads.room(each.bytes());
    }
  }

  @Override
  public void copy(long from, long to, long bytes) {
    if (bytes > 0) {
      add(new GpuCommand.Copy(from, to, bytes));
    }
  }

  @Override
  public void clear(long address, long floats) {
    if (floats > 0) {
      add(new GpuCommand.Clear(address, floats));
    }
  }

  @Override
  public synchronized void launch(String kernel, Grid grid, Object... values) {
    if (!grid.isEmpty()) {
      run(() -> add(new GpuCommand.Launch(kernel, grid, placed(values))));
    }
  }

  /** Stages the arguments that are arrays, and replaces them by their addresses. */
  private Object[] placed(Object... values) {
    long bytes = 0;
    for (Object value : values) {
      bytes += value instanceof int[] numbers ? StagedUploads.room(4L * numbers.length) : 0;
    }
    if (bytes == 0) {
      return values;
    }
    requireRoom(bytes);
    Object[] placed = values.clone();
    for (int i = 0; i < placed.length; i++) {
      placed[i] = placed[i] instanceof int[] numbers ? staged.add(numbers) : placed[i];
    }
    return placed;
  }

  /** Adds a command after the waiting ones. */
  synchronized void add(GpuCommand command) {
    requireIntact();
    queue.add(command);
    if (queue.size() >= MOST_COMMANDS) {
      submit();
    }
  }

  @Override
  public synchronized void submit() {
    run(
        () -> {
          staged.send();
          graphs.run(List.copyOf(queue));
          queue.clear();
        });
  }
}
