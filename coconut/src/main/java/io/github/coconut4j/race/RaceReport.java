package io.github.coconut4j.race;

import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.report.DirectoryReport;
import io.github.coconut4j.report.HtmlReport;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The report of a race, which compares its runs so far. */
public final class RaceReport implements DirectoryReport {

  @Override
  public boolean accepts(Path directory) {
    return Files.exists(new RaceDirectory(directory).race());
  }

  @Override
  public Path write(Path path) throws IOException {
    RaceDirectory directory = new RaceDirectory(path);
    List<RunDirectory> runs =
        RaceFile.read(directory.race()).getEntries().stream()
            .map(directory::run)
            .filter(run -> Files.exists(run.metrics()))
            .toList();
    HtmlReport report =
        HtmlReport.of("Race " + path.toAbsolutePath().normalize().getFileName(), runs);
    AtomicFile.write(directory.plot(), report.plot());
    report.write(directory.report());
    return directory.report();
  }
}
