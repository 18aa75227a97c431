package io.github.coconut4j.race;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.train.ResultKind;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import lombok.Value;
import lombok.experimental.Accessors;

/** The files of a race. */
@Value
@Accessors(fluent = true)
public class RaceDirectory {

  /** The directory itself. */
  Path path;

  /** Names the files of a race in a directory, which need not exist. */
  public RaceDirectory(Path path) {
    this.path = Arguments.requireNonNull(path, "directory", "Name the race's directory.");
  }

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
   * Deletes the results of an earlier race, which a resume of the next one would continue or keep.
   *
   * @param next the race that replaces it
   */
  void deleteResults(RaceFile next) throws IOException {
    for (RaceEntry entry : next.getEntries()) {
      RunDirectory run = run(entry);
      run.deleteResults(entry.getConfig());
      Files.deleteIfExists(run.metrics()); // last: by it a report is known to be a run's
    }
    if (Files.exists(race())) { // else they are not a race's
      Files.deleteIfExists(report());
      Files.deleteIfExists(plot());
    }
  }

  /**
   * Rejects a directory that holds another race, a run or other results, or a run where one of the
   * race's will be.
   *
   * @param file the race that is to be run there
   * @throws ConfigException if it does
   */
  public void requireFree(RaceFile file) {
    if (Files.exists(race())) {
      throw new ConfigException(
          "A new race needs a directory of its own but "
              + path
              + " holds a race already. Continue it with `race --resume`, or choose another"
              + " --out.");
    }
    Stream.concat(Stream.of(new RunDirectory(path)), file.getEntries().stream().map(this::run))
        .filter(run -> !run.isFree())
        .findFirst()
        .ifPresent(
            run -> {
              throw new ConfigException(
                  "A new race needs a directory of its own but "
                      + run.path()
                      + " holds a run, or a model, already. Choose another --out.");
            });
    ResultKind.RACE.requireNoOther(path);
  }

  /**
   * Rejects a directory that {@link #requireFree} rejects, unless it holds an earlier race of the
   * same methods and keys, which may be replaced.
   *
   * @param file the race that is to be run there
   * @throws ConfigException if it holds anything else
   * @throws IOException if the file of the earlier race cannot be read
   */
  public void requireFreeOrEarlier(RaceFile file) throws IOException {
    if (!Files.exists(race()) || !RaceFile.read(race()).differsOnlyInSeeds(file)) {
      requireFree(file);
    }
  }
}
