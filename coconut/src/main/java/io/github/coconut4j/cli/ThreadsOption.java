package io.github.coconut4j.cli;

import io.github.coconut4j.model.backend.CpuThreads;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Option;

/** The option {@code --threads} of commands that measure. */
public final class ThreadsOption {

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Native threads (default: all processors).")
  private Integer threads;

  /** Sets the number of threads, if one was given. */
  public void apply() {
    if (threads != null) {
      CpuThreads.setCount(threads);
      Nd4j.getEnvironment().setMaxThreads(threads);
    }
  }
}
