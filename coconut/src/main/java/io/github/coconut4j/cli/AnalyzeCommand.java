package io.github.coconut4j.cli;

import static io.github.coconut4j.evaluate.Percent.percent;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.Analysis;
import io.github.coconut4j.analyze.AnalysisFiles;
import io.github.coconut4j.analyze.AnalysisOptions;
import io.github.coconut4j.analyze.Analyzer;
import io.github.coconut4j.analyze.DataAnalysis;
import io.github.coconut4j.analyze.ForcedThoughts;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.report.AnalysisReport;
import io.github.coconut4j.train.ResultKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code analyze}, which analyses a model's thoughts. */
@Command(
    name = "analyze",
    description = "Analyse a model's thoughts: path classes, search trees, causal tests.")
final class AnalyzeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The model.")
  private Path modelDirectory;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description =
          "ProsQA problems as JSON, or a generator such as prosqa-balanced:COUNT:SEED; repeatable,"
              + " each with its own results.")
  private List<String> data;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Output directory.")
  private Path out;

  @Mixin private ModelOptions modelOptions;

  @Mixin private ProblemLimit limit;

  @Mixin private DeviceOption device;

  @Option(
      names = "--max-latents",
      paramLabel = "K",
      description = "Largest number of forced thoughts (default: 6, or trained plus 2 if larger).")
  private Integer maxLatents;

  @Option(
      names = "--causal-problems",
      paramLabel = "N",
      defaultValue = "300",
      description = "Number of first problems per data set whose thoughts are replaced.")
  private int causalProblems;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of the replacements.")
  private long seed;

  @Mixin private BatchOptions batches;

  @Option(names = "--json", description = "Print one JSON object per data set.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    device.apply();
    AnalysisOptions options =
        AnalysisOptions.builder()
            .maxThoughts(maxLatents)
            .causalProblems(causalProblems)
            .seed(seed)
            .batchSize(batches.getSize())
            .maxNewTokens(batches.getMaxNewTokens())
            .build();
    ResultKind.ANALYSIS.requireNoOther(out);
    Map<String, List<ReasoningProblem>> problems = problems();
    AtomicDirectory.create(out);
    AtomicFile.requireWritable(out.resolve("analysis.json"));
    AtomicFile.requireWritable(out.resolve("report.html"));
    try (CoconutModel model = modelOptions.open(modelDirectory)) {
      Analyzer analyzer = new Analyzer(model, options);
      List<DataAnalysis> found = new ArrayList<>();
      problems.forEach((name, those) -> found.add(analyze(analyzer, name, those)));
      Analysis analysis =
          new Analysis(modelDirectory.toString(), analyzer.trainedThoughts(), seed, found);
      AnalysisFiles.write(out, analysis);
      AnalysisReport.write(out, analysis);
    }
    spec.commandLine().getErr().println("Wrote " + out.resolve("report.html") + ".");
    return 0;
  }

  private Map<String, List<ReasoningProblem>> problems() throws IOException {
    Map<String, List<ReasoningProblem>> problems = new LinkedHashMap<>();
    for (String source : data) {
      if (problems.put(source, limit.problems(source)) != null) {
        throw new IllegalArgumentException(
            "An analysis needs data sets that differ but got --data "
                + source
                + " twice. Leave one of them out.");
      }
    }
    return problems;
  }

  private DataAnalysis analyze(Analyzer analyzer, String name, List<ReasoningProblem> problems) {
    final long start = System.nanoTime();
    try (AnalysisProgress progress =
        new AnalysisProgress("analyze " + name, spec.commandLine().getErr())) {
      DataAnalysis analysis = analyzer.analyze(name, problems, progress);
      print(analyzer, analysis, (System.nanoTime() - start) / 1e9);
      return analysis;
    }
  }

  private void print(Analyzer analyzer, DataAnalysis analysis, double seconds) {
    PrintWriter output = spec.commandLine().getOut();
    if (json) {
      new JsonLines(output).print(summary(analyzer, analysis, seconds));
      return;
    }
    TextTable table = new TextTable("thoughts", "accuracy", "95 % interval");
    for (ForcedThoughts forced : analysis.getForced()) {
      table.row(
          String.valueOf(forced.getThoughts()),
          percent(forced.getAccuracy()),
          percent(forced.getLow()) + " - " + percent(forced.getHigh()));
    }
    output.println(analysis.getData() + ": " + analysis.getProblems() + " problems");
    output.print(table);
    analysis.getFindings().forEach(output::println);
    output.flush();
  }

  private Map<String, Object> summary(Analyzer analyzer, DataAnalysis analysis, double seconds) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("model", modelDirectory.toString());
    line.put("data", analysis.getData());
    line.put("problems", analysis.getProblems());
    line.put("trained_latents", analyzer.trainedThoughts());
    line.put("forced", analysis.getForced());
    line.put("baselines", analysis.getBaselines());
    line.put("causal", analysis.getCausal());
    line.put("findings", analysis.getFindings());
    line.put("seconds", seconds);
    return line;
  }
}
