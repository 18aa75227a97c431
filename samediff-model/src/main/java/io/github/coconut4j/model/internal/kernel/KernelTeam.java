package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/** Worker threads, each with its own compiled operations. */
final class KernelTeam implements AutoCloseable {

  private final Workers workers;
  private final List<Kernels> kernels = new ArrayList<>();
  private boolean closed;

  KernelTeam(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("At least one thread is needed; found " + threads);
    }
    workers = new Workers(threads);
    for (int i = 0; i < threads; i++) {
      kernels.add(new Kernels());
    }
  }

  int size() {
    return workers.count();
  }

  Kernels kernels(int part) {
    return kernels.get(part);
  }

  /** Runs {@code task} with the kernels and number of some members, and waits for all. */
  void run(int[] members, ObjIntConsumer<Kernels> task) {
    if (closed) {
      throw new IllegalStateException("The fused kernels were closed before this call");
    }
    workers.run(members, member -> task.accept(kernels.get(member), member));
  }

  void runAll(ObjIntConsumer<Kernels> task) {
    run(IntStream.range(0, size()).toArray(), task);
  }

  @Override
  public void close() {
    if (!closed) {
      runAll((own, part) -> own.close());
      workers.close();
      closed = true;
    }
  }
}
