package io.github.coconut4j.race;

import io.github.coconut4j.config.TrainingConfig;
import lombok.Value;
import lombok.With;

/** One run of a race: a method with one seed. */
@Value
public class RaceEntry {

  /** Name of the method, or the recipe's own name if it uses a method twice with different keys. */
  String method;

  /** Name of the run's directory in the race's directory. */
  String directory;

  /** Configuration of the run. */
  @With TrainingConfig config;

  /** Seed of the run. */
  public long seed() {
    return config.getSeed();
  }
}
