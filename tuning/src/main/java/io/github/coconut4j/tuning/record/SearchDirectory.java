package io.github.coconut4j.tuning.record;

import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.train.RunDirectory;
import java.nio.file.Path;
import lombok.Value;
import lombok.experimental.Accessors;

/** The files of a search. */
@Value
@Accessors(fluent = true)
public class SearchDirectory {

  /** The directory itself. */
  Path path;

  /** Names the files of a search in a directory, which need not exist. */
  public SearchDirectory(Path path) {
    this.path = Arguments.requireNonNull(path, "path", "Name the search's directory.");
  }

  /** The search's file. */
  public Path search() {
    return path.resolve("search.yaml");
  }

  /** The directory of a candidate's run. */
  public RunDirectory candidate(int number) {
    return new RunDirectory(path.resolve("candidates").resolve(Integer.toString(number)));
  }

  /** One line per candidate, in the order of their first end. */
  public Path results() {
    return path.resolve("results.jsonl");
  }

  /** The configuration of the best candidate. */
  public Path best() {
    return path.resolve("best.yaml");
  }

  /** The HTML report. */
  public Path report() {
    return path.resolve("report.html");
  }
}
