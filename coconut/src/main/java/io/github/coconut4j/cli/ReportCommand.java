package io.github.coconut4j.cli;

import io.github.coconut4j.report.HtmlReport;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws a run's report anew from its files. */
@Command(name = "report", description = "Write the HTML report of a run from its files.")
final class ReportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The run's directory.")
  private Path path;

  @Override
  public Integer call() throws IOException {
    RunDirectory directory = new RunDirectory(path);
    HtmlReport.write(
        directory.report(), "Run " + path.toAbsolutePath().getFileName(), List.of(directory), null);
    spec.commandLine().getErr().println("Wrote " + directory.report() + ".");
    return 0;
  }
}
