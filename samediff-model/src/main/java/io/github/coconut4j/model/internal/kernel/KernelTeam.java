package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/** Worker threads, each with its own compiled operations. */
final class KernelTeam implements AutoCloseable {

  /** What one thread computes in about the time in which another wakes up. */
  private static final long WORTH_SHARING = 256 * 1024;

  private final Workers workers;
  private final List<Kernels> kernels = new ArrayList<>();
  private boolean closed;

  KernelTeam(int threads) {
    this(threads, Precision.FLOAT32);
  }

  KernelTeam(int threads, Precision precision) {
    if (threads < 1) {
      throw new IllegalArgumentException("At least one thread is needed; found " + threads);
    }
    workers = new Workers(threads);
    try {
      for (int i = 0; i < threads; i++) {
        kernels.add(new Kernels(precision));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  int size() {
    return workers.count();
  }

  Kernels kernels(int part) {
    return kernels.get(part);
  }

  /** oneDNN's threads inside each of some members, so that none is left over. */
  int threadsEach(int members) {
    return Math.max(1, size() / Math.max(1, members));
  }

  /**
   * Runs {@code task} with the kernels and number of some members, and waits for all.
   *
   * @param threadsEach oneDNN's threads inside each member
   */
  void run(int[] members, int threadsEach, ObjIntConsumer<Kernels> task) {
    if (closed) {
      throw new IllegalStateException("The fused kernels were closed before this call");
    }
    workers.run(
        members,
        threadsEach,
        member -> {
          Kernels own = kernels.get(member);
          own.primitives().useThreads(threadsEach);
          task.accept(own, member);
        });
  }

  void runAll(ObjIntConsumer<Kernels> task) {
    runFirst(size(), task);
  }

  /** Runs {@code task} with the first {@code parts} members' kernels and numbers. */
  void runFirst(int parts, ObjIntConsumer<Kernels> task) {
    run(IntStream.range(0, parts).toArray(), threadsEach(parts), task);
  }

  /**
   * Members worth their waking for so much arithmetic: all, or the caller's thread alone.
   *
   * @param operations multiplications, or floats copied
   */
  int partsFor(long operations) {
    return operations < WORTH_SHARING ? 1 : size();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      kernels.forEach(Kernels::close);
      workers.close();
    }
  }
}
