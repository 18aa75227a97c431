package io.github.coconut4j.tuning.record;

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

  /** The search as it was asked for. */
  public Path search() {
    return path.resolve("search.yaml");
  }

  /** The run of a candidate. */
  public RunDirectory candidate(int number) {
    return new RunDirectory(path.resolve("candidates").resolve(Integer.toString(number)));
  }

  /** A line a candidate, in the order in which they ended first. */
  public Path results() {
    return path.resolve("results.jsonl");
  }

  /** The configuration of the best candidate. */
  public Path best() {
    return path.resolve("best.yaml");
  }

  /** What a person looks at. */
  public Path report() {
    return path.resolve("report.html");
  }
}
