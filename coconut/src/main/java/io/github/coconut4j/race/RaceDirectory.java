package io.github.coconut4j.race;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.train.RunDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import lombok.Value;
import lombok.experimental.Accessors;

/** The files of a race. */
@Value
@Accessors(fluent = true)
public class RaceDirectory {

  /** The directory itself. */
  Path path;

  /** The file that was run. */
  public Path race() {
    return path.resolve("race.yaml");
  }

  /** The directory of an entry's run. */
  public RunDirectory run(RaceEntry entry) {
    return new RunDirectory(path.resolve(entry.getDirectory()));
  }

  /** The HTML report. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** The report's plot of tokens against accuracy. */
  public Path plot() {
    return path.resolve("race.svg");
  }

  /**
   * Rejects a directory that holds another race or a run.
   *
   * @throws ConfigException if it does
   */
  public void requireFree() {
    if (Files.exists(race())) {
      throw new ConfigException(
          "A new race needs a directory of its own but "
              + path
              + " holds a race already. Continue it with --resume, or choose another --out.");
    }
    new RunDirectory(path).requireFree();
  }
}
