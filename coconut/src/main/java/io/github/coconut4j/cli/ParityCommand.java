package io.github.coconut4j.cli;

import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.parity.ParityCheck;
import io.github.coconut4j.parity.ParityReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code parity}, which compares with another implementation's numbers. */
@Command(
    name = "parity",
    description = "Compare loss, logits, embeddings, gradients and greedy output with a fixture.")
final class ParityCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--fixture",
      required = true,
      paramLabel = "DIR",
      description = "The fixture; repeatable.")
  private List<Path> fixtures;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "An adapter for the fixture's model (default: the fixture's own).")
  private Path adapter;

  @Mixin private DeviceOption device;

  @Mixin private LoopOption loop;

  @Option(names = "--json", description = "Print one JSON object per fixture.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    device.apply();
    int status = 0;
    for (Path fixture : fixtures) {
      status = Math.max(status, passes(fixture) ? 0 : 1);
    }
    return status;
  }

  private boolean passes(Path fixture) throws IOException {
    ParityReport report = ParityCheck.run(fixture, adapter, loop.getChosen());
    PrintWriter output = spec.commandLine().getOut();
    if (json) {
      new JsonLines(output).print(report);
    } else {
      if (fixtures.size() > 1) {
        output.println(fixture);
      }
      print(output, report);
    }
    if (report.getUnmatchedGradients() != null) {
      explain(spec.commandLine().getErr(), report);
    }
    return report.isPass();
  }

  private static void explain(PrintWriter errors, ParityReport report) {
    errors.println(
        "coconut4j: The fixture's gradients must be those of the model's parameters, but some are "
            + report.getUnmatchedGradients()
            + ". Make the fixture of this very model.");
    errors.flush();
  }

  private static void print(PrintWriter output, ParityReport report) {
    TextTable table = new TextTable("compared", "largest error");
    table.row("loss", scientific(report.getLossError()));
    if (report.getTermErrors() != null) {
      report
          .getTermErrors()
          .forEach((term, error) -> table.row("loss, " + term, scientific(error)));
    }
    table.row("logits", scientific(report.getLogitsError()));
    table.row("input embeddings", scientific(report.getEmbeddingsError()));
    if (report.getLatentsError() != null) {
      table.row("latents", scientific(report.getLatentsError()));
    }
    table.row("gradients (relative)", scientific(report.getGradientError()));
    output.print(table);
    if (report.getWorstGradient() != null) {
      output.println("worst gradient: " + report.getWorstGradient());
    }
    output.println("greedy output equal: " + (report.isGenerationsEqual() ? "yes" : "no"));
    output.println(report.isPass() ? "pass" : "FAIL");
    output.flush();
  }

  private static String scientific(double error) {
    return String.format(Locale.ROOT, "%.2e", error);
  }
}
