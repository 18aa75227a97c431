package io.github.coconut4j.report;

import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The report of one run. */
public final class RunReport implements DirectoryReport {

  /** A run is what no other report accepts; a directory without one is refused when it is read. */
  @Override
  public boolean accepts(Path directory) {
    return true;
  }

  @Override
  public Path write(Path directory) throws IOException {
    RunDirectory run = new RunDirectory(directory);
    String title = "Run " + directory.toAbsolutePath().normalize().getFileName();
    HtmlReport.of(title, List.of(run)).write(run.report());
    return run.report();
  }
}
