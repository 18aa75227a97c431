package io.github.coconut4j.race;

import io.github.coconut4j.config.TrainingConfig;
import lombok.Value;
import lombok.With;

/** One run of a race: a method with one seed. */
@Value
public class RaceEntry {

  /** Name of the method, the recipe's own where it names one twice with other keys. */
  String method;

  /** The run's directory in the race's. */
  String directory;

  /** What is trained. */
  @With TrainingConfig config;

  /** Seed of the run. */
  public long seed() {
    return config.getSeed();
  }
}
