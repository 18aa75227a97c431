package io.github.coconut4j.cli;

import lombok.AccessLevel;
import lombok.Getter;
import picocli.CommandLine.Option;

/** Options of commands that measure what a model does on batches of problems. */
@Getter(AccessLevel.PACKAGE)
final class BatchOptions {

  @Option(names = "--batch", paramLabel = "B", defaultValue = "64", description = "Batch size.")
  private int size;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description = "Largest number of generated tokens.")
  private int maxNewTokens;
}
