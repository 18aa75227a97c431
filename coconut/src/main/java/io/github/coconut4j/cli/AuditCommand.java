package io.github.coconut4j.cli;

import io.github.coconut4j.audit.Audit;
import io.github.coconut4j.audit.AuditOptions;
import io.github.coconut4j.audit.AuditResult;
import io.github.coconut4j.audit.Finding;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.report.AuditReport;
import io.github.coconut4j.train.ResultKind;
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

/** The command {@code audit}, which tests published claims about latent reasoning. */
@Command(
    name = "audit",
    description = "Test published claims about latent reasoning with matched controls.")
final class AuditCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      arity = "1..*",
      paramLabel = "DIR",
      description =
          "Model directories of runs with a method that feeds hidden states back; several must be"
              + " the same run with different seeds.")
  private List<Path> models;

  @Option(
      names = "--control",
      required = true,
      arity = "1..*",
      paramLabel = "DIR",
      description = "Model directories of runs that differ from a model only in the method.")
  private List<Path> controls;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "ProsQA problems, or a generator such as prosqa-balanced:COUNT:SEED.")
  private String data;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Output directory.")
  private Path out;

  @Mixin private ProblemLimit limit;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of the replacements of thoughts and of the bootstrap.")
  private long seed;

  @Mixin private BatchOptions batches;

  @Mixin private LoopOption loop;

  @Option(names = "--json", description = "Print one JSON object per claim and control.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    ResultKind.AUDIT.requireNoOther(out);
    AuditOptions options =
        AuditOptions.builder()
            .batchSize(batches.getSize())
            .maxNewTokens(batches.getMaxNewTokens())
            .seed(seed)
            .build();
    Audit audit = Audit.of(models, controls, options);
    List<ReasoningProblem> problems = limit.problems(data);
    AtomicDirectory.create(out);
    AtomicFile.requireWritable(out.resolve("audit.json"));
    AtomicFile.requireWritable(out.resolve("report.html"));
    try (AnalysisProgress progress =
        new AnalysisProgress("audit " + data, spec.commandLine().getErr())) {
      AuditResult result = audit.run(data, problems, loop.getChosen(), progress);
      result.write(out);
      AuditReport.write(out, result);
      print(spec.commandLine().getOut(), result);
    }
    spec.commandLine().getErr().println("Wrote " + out.resolve("report.html") + ".");
    return 0;
  }

  private void print(PrintWriter output, AuditResult result) {
    if (json) {
      JsonLines lines = new JsonLines(output);
      result.getFindings().forEach(found -> lines.print(found.line()));
      return;
    }
    TextTable table =
        new TextTable(
            "claim", "control", "verdict", "estimate", "95 % interval", "control's", "seeds");
    for (Finding found : result.getFindings()) {
      table.row(
          found.getClaim().key(),
          found.getMethod().key(),
          found.getVerdict().title(),
          number(found.getEstimate()),
          found.getInterval() == null
              ? ""
              : number(found.getInterval().getLow())
                  + " - "
                  + number(found.getInterval().getHigh()),
          number(found.getControlEstimate()),
          String.valueOf(found.getSeeds()));
    }
    output.println(result.getData() + ": " + result.getProblems() + " problems");
    output.print(table);
    output.flush();
  }

  private static String number(Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.3f", value);
  }
}
