package io.github.coconut4j.cli;

import io.github.coconut4j.report.DirectoryReport;
import io.github.coconut4j.report.RunReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code report}, which renders a report from the files of a run, or of directories
 * that other modules know.
 */
@Command(
    name = "report",
    description = "Write the HTML report of a run or a search from its files.")
final class ReportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The directory of the run or the search.")
  private Path path;

  @Override
  public Integer call() throws IOException {
    Path written = report().write(path);
    spec.commandLine().getErr().println("Wrote " + written + ".");
    return 0;
  }

  private DirectoryReport report() {
    return ServiceLoader.load(DirectoryReport.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(report -> report.accepts(path))
        .findFirst()
        .orElseGet(RunReport::new);
  }
}
