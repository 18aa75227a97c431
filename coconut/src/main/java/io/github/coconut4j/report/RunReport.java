package io.github.coconut4j.report;

import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The report of one run. */
public final class RunReport implements DirectoryReport {

  /**
   * Accepts every directory that no other report accepts; one without a run is rejected when it is
   * read.
   */
  @Override
  public boolean accepts(Path directory) {
    return true;
  }

  @Override
  public Path write(Path directory) throws IOException {
    Arguments.requireNonNull(directory, "directory", "Name the run's directory.");
    RunDirectory run = new RunDirectory(directory);
    String title = "Run " + directory.toAbsolutePath().normalize().getFileName();
    HtmlReport.of(title, List.of(run)).write(run.report());
    return run.report();
  }
}
