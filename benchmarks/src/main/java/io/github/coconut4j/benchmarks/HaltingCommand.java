package io.github.coconut4j.benchmarks;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.evaluate.ScoredGeneration;
import io.github.coconut4j.evaluate.StepsScore;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.report.ChartStyle;
import io.github.coconut4j.report.SvgImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares thinking until the model stops with thinking all thoughts. */
@Command(
    name = "halting",
    description = {
      "Ask a model the same problems with all thoughts and until it stops by itself, in turn:",
      "right answers and mean thoughts by steps, the share of needless thoughts that is saved,",
      "and medians of the time, in milliseconds."
    })
final class HaltingCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The model.")
  private Path model;

  @Option(
      names = "--data",
      defaultValue = "prosqa-deep:1000:78:nodes=28,min_steps=2,max_steps=10,people=17,concepts=38",
      paramLabel = "FILE",
      description = "Problems, or a generator of them.")
  private String data;

  @Option(names = "--latents", defaultValue = "12", description = "Thoughts at most.")
  private int latents;

  @Option(names = "--halt", defaultValue = "learned", description = "${COMPLETION-CANDIDATES}.")
  private Halt halt;

  @Option(
      names = "--batch-size",
      defaultValue = "64",
      description =
          "Problems that are answered side by side. Reading the questions takes most of the time of"
              + " a large batch, thinking most of that of one question.")
  private int batchSize;

  @Mixin private RoundsOptions rounds;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Gets halting.jsonl and thoughts-by-steps.svg.")
  private Path directory;

  /** What came of the problems of one number of steps. */
  private record Row(int steps, int problems, double full, double halted, double thoughts) {}

  @Override
  public Integer call() throws IOException {
    threads.apply();
    List<ReasoningProblem> problems = ProblemSource.of(data).problems(Set.of());
    try (CoconutModel opened = CoconutModel.open(model)) {
      Evaluator full = evaluator(opened, Halt.FIXED);
      Evaluator halting = evaluator(opened, halt);
      Evaluation all = full.evaluate(problems);
      Evaluation some = halting.evaluate(problems);
      List<Row> rows = rows(all, some);
      List<double[]> times =
          rounds
              .interleaved()
              .medians(List.of(() -> time(full, problems), () -> time(halting, problems)));
      print(rows, all, some, times);
      AtomicFile.write(directory.resolve("thoughts-by-steps.svg"), SvgImage.svg(chart(rows)));
    }
    return 0;
  }

  private Evaluator evaluator(CoconutModel opened, Halt rule) {
    return new Evaluator(
        opened,
        GenerationOptions.builder()
            .latents(latents)
            .halt(rule)
            .maxNewTokens(40)
            .batchSize(batchSize)
            .build());
  }

  private static double[] time(Evaluator evaluator, List<ReasoningProblem> problems) {
    return new double[] {InterleavedRounds.time(() -> evaluator.evaluate(problems))};
  }

  private static List<Row> rows(Evaluation all, Evaluation some) {
    List<StepsScore> full = all.bySteps();
    List<StepsScore> halted = some.bySteps();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < full.size(); i++) {
      int steps = full.get(i).getSteps();
      rows.add(
          new Row(
              steps,
              full.get(i).getProblems(),
              full.get(i).accuracy(),
              halted.get(i).accuracy(),
              thoughts(some, steps)));
    }
    return rows;
  }

  private static double thoughts(Evaluation evaluation, int steps) {
    return evaluation.getGenerations().stream()
        .filter(scored -> steps(scored) == steps)
        .mapToInt(scored -> scored.getGeneration().getLatents())
        .average()
        .orElseThrow();
  }

  private static int steps(ScoredGeneration scored) {
    return scored.getProblem().getSteps().size();
  }

  private void print(List<Row> rows, Evaluation all, Evaluation some, List<double[]> times)
      throws IOException {
    PrintWriter output = spec.commandLine().getOut();
    output.printf(
        Locale.ROOT,
        "| steps | problems | all %d thoughts, right | until it stops | thoughts |%n",
        latents);
    output.println("| --- | --- | --- | --- | --- |");
    rows.forEach(row -> output.println(line(row)));
    double needed =
        all.getGenerations().stream().mapToInt(HaltingCommand::steps).average().orElseThrow();
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("problems", all.problems());
    summary.put("batch_size", batchSize);
    summary.put("accuracy_full", all.accuracy());
    summary.put("accuracy_halted", some.accuracy());
    summary.put("mean_latents", some.meanLatents());
    summary.put("mean_steps", needed);
    summary.put("saved_of_needless", savedOfNeedless(latents, some.meanLatents(), needed));
    summary.put("full_ms", times.get(0)[0]);
    summary.put("halted_ms", times.get(1)[0]);
    summary.put("time_ratio", times.get(1)[0] / times.get(0)[0]);
    new JsonLines(output).print(summary);
    AtomicFile.write(
        directory.resolve("halting.jsonl"),
        Stream.concat(rows.stream(), Stream.of(summary))
            .map(JsonLines::line)
            .collect(Collectors.joining()));
  }

  /** Share of the thoughts beyond those needed that were not thought; null if none is beyond. */
  static Double savedOfNeedless(int most, double thought, double needed) {
    return most > needed ? (most - thought) / (most - needed) : null;
  }

  private static String line(Row row) {
    return String.format(
        Locale.ROOT,
        "| %d | %d | %.1f %% | %.1f %% | %.2f |",
        row.steps(),
        row.problems(),
        100 * row.full(),
        100 * row.halted(),
        row.thoughts());
  }

  private XYChart chart(List<Row> rows) {
    XYChart chart = ChartStyle.chart("Thoughts until the model stops", "steps", "thoughts");
    double[] steps = rows.stream().mapToDouble(Row::steps).toArray();
    chart.getStyler().setYAxisMin(0.0).setYAxisMax((double) latents);
    ChartStyle.mark(
        chart.addSeries(
            "mean of the model", steps, rows.stream().mapToDouble(Row::thoughts).toArray()),
        0);
    ChartStyle.mark(chart.addSeries("as many as steps", steps, steps), 1);
    return chart;
  }
}
