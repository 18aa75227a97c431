package io.github.coconut4j.benchmarks;

import io.github.coconut4j.model.backend.CpuThreads;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Option;

/** {@code --threads}, as in {@code coconut4j bench}. */
final class ThreadsOption {

  @Option(names = "--threads", description = "Threads of native code; default: all processors.")
  private Integer threads;

  void apply() {
    if (threads != null) {
      CpuThreads.setCount(threads);
      Nd4j.getEnvironment().setMaxThreads(threads);
    }
  }
}
