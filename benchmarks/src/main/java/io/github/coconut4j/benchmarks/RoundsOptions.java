package io.github.coconut4j.benchmarks;

import picocli.CommandLine.Option;

/** {@code --rounds} and {@code --warm-up} of measurements whose work is warmed up for some time. */
final class RoundsOptions {

  @Option(names = "--rounds", defaultValue = "9", description = "Rounds counted.")
  private int rounds;

  @Option(
      names = "--warm-up",
      defaultValue = "10",
      paramLabel = "SECONDS",
      description = "Rounds are run for at least so long before those that count.")
  private double warmUpSeconds;

  InterleavedRounds interleaved() {
    return new InterleavedRounds(rounds, warmUpSeconds);
  }
}
