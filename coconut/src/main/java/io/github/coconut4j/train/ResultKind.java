package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.model.internal.Arguments;
import java.nio.file.Files;
import java.nio.file.Path;
import lombok.RequiredArgsConstructor;

/**
 * What a directory with a {@code report.html} can hold the results of. Each kind writes a report of
 * its own under this name, so none may be written where another kind's lies.
 */
@RequiredArgsConstructor
public enum ResultKind {
  /** A training run, or evaluations. */
  RUN("a run", "metrics.jsonl"),
  /** A race of methods. */
  RACE("a race", "race.yaml"),
  /** A search of hyperparameters. */
  SEARCH("a search", "search.yaml"),
  /** An analysis of a model's thoughts. */
  ANALYSIS("an analysis", "analysis.json"),
  /** An audit of claims. */
  AUDIT("an audit", "audit.json");

  private final String title;

  /** A file that every directory of this kind has, and no other. */
  private final String file;

  /**
   * Rejects a directory that holds results of another kind.
   *
   * @param directory where results of this kind will be written; need not exist
   * @throws ConfigException if it does
   */
  public void requireNoOther(Path directory) {
    Arguments.requireNonNull(directory, "directory", "Name the output directory.");
    for (ResultKind other : values()) {
      if (other != this && Files.exists(directory.resolve(other.file))) {
        throw new ConfigException(
            "The results of %s need a directory without others, whose report.html they would replace, but %s holds %s (%s). Choose another --out."
                .formatted(title, directory, other.title, other.file));
      }
    }
  }
}
