package io.github.coconut4j.cli;

import io.github.coconut4j.audit.Audit;
import io.github.coconut4j.audit.AuditOptions;
import io.github.coconut4j.audit.AuditResult;
import io.github.coconut4j.audit.Finding;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.report.AuditReport;
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
    description = "Published claims about latent reasoning, tested with matched controls.")
final class AuditCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      arity = "1..*",
      paramLabel = "DIR",
      description =
          "Model directories of runs with a method that feeds hidden states back; several: the same"
              + " run with other seeds.")
  private List<Path> models;

  @Option(
      names = "--control",
      required = true,
      arity = "1..*",
      paramLabel = "DIR",
      description =
          "Model directories of runs whose configuration differs from a model's in method alone.")
  private List<Path> controls;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "ProsQA problems, or a generator such as prosqa-balanced:COUNT:SEED.")
  private String data;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Mixin private ProblemLimit limit;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Seed of what replaces thoughts and of the intervals' draws.")
  private long seed;

  @Option(names = "--batch", paramLabel = "B", defaultValue = "64", description = "Batch size.")
  private int batch;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description = "Tokens written at most.")
  private int maxNewTokens;

  @Option(names = "--loop", defaultValue = "auto", description = "${COMPLETION-CANDIDATES}.")
  private LatentLoops loop;

  @Option(names = "--json", description = "One JSON object a claim and control.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    AuditOptions options =
        AuditOptions.builder().batchSize(batch).maxNewTokens(maxNewTokens).seed(seed).build();
    Audit audit = Audit.of(models, controls, options);
    List<ReasoningProblem> problems = limit.problems(data);
    AtomicDirectory.create(out);
    try (AnalysisProgress progress =
        new AnalysisProgress("audit " + data, spec.commandLine().getErr())) {
      AuditResult result = audit.run(data, problems, loop, progress);
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
        new TextTable("claim", "control", "verdict", "estimate", "95 % interval", "control's");
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
          number(found.getControlEstimate()));
    }
    output.println(result.getData() + ": " + result.getProblems() + " problems");
    output.print(table);
    output.flush();
  }

  private static String number(Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.3f", value);
  }
}
