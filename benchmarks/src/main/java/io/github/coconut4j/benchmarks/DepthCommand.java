package io.github.coconut4j.benchmarks;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.report.ChartStyle;
import io.github.coconut4j.report.SvgImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how deep a model searches, and in how large a graph. */
@Command(
    name = "depth",
    description = {
      "Ask a model constructed ProsQA problems (prosqa-deep) of every given size with every given",
      "number of thoughts: a table for each number of names, and a picture."
    })
final class DepthCommand implements Callable<Integer> {

  private static final int MAX_NEW_TOKENS = 40;

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The model.")
  private Path model;

  @Option(
      names = "--names",
      split = ",",
      defaultValue = "20,30,40",
      description = "Names in a problem.")
  private List<Integer> nodes;

  @Option(
      names = "--steps",
      split = ",",
      defaultValue = "5,6,7,8,10",
      description = "Steps to the answer. Sizes that no problem has are left out.")
  private List<Integer> steps;

  @Option(
      names = "--thoughts",
      split = ",",
      defaultValue = "5,6,7,8,9,10,12",
      description = "Thoughts before an answer.")
  private List<Integer> thoughts;

  @Option(
      names = "--seeds",
      split = ",",
      defaultValue = "301,302,303",
      description = "Of the generator.")
  private List<Integer> seeds;

  @Option(names = "--problems", defaultValue = "300", description = "Problems of each seed.")
  private int problems;

  @Option(
      names = "--vocabulary",
      defaultValue = "people=17,concepts=38",
      paramLabel = "ARGUMENTS",
      description = "The generator's arguments for the names that the model knows.")
  private String vocabulary;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Gets depth.jsonl and accuracy-by-steps.svg.")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    threads.apply();
    List<DepthCell> cells = new ArrayList<>();
    try (CoconutModel opened = CoconutModel.open(model)) {
      for (int names : nodes) {
        cells.addAll(table(opened, names));
      }
    }
    AtomicFile.write(
        directory.resolve("depth.jsonl"),
        cells.stream().map(JsonLines::line).collect(Collectors.joining()));
    AtomicFile.write(directory.resolve("accuracy-by-steps.svg"), SvgImage.svg(chart(cells)));
    return 0;
  }

  private List<DepthCell> table(CoconutModel opened, int names) throws IOException {
    PrintWriter output = spec.commandLine().getOut();
    output.printf(Locale.ROOT, "%n%d names%n%n| steps |", names);
    thoughts.forEach(number -> output.print(" " + number + " |"));
    output.println("\n| --- |" + " --- |".repeat(thoughts.size()));
    List<DepthCell> cells = new ArrayList<>();
    for (int number : steps) {
      if (names < 2 * (number + 1)) { // two chains need as many
        continue;
      }
      List<ReasoningProblem> asked = problems(names, number);
      List<DepthCell> row =
          thoughts.stream().map(each -> cell(opened, asked, names, number, each)).toList();
      output.println(
          row.stream()
              .map(DepthCell::toPercent)
              .collect(Collectors.joining(" | ", "| " + number + " | ", " |")));
      cells.addAll(row);
    }
    return cells;
  }

  private List<ReasoningProblem> problems(int names, int number) throws IOException {
    List<ReasoningProblem> all = new ArrayList<>();
    for (int seed : seeds) {
      String source =
          String.format(
              Locale.ROOT,
              "prosqa-deep:%d:%d:nodes=%d,min_steps=%d,max_steps=%d,%s",
              problems,
              seed,
              names,
              number,
              number,
              vocabulary);
      all.addAll(ProblemSource.of(source).problems(Set.of()));
    }
    return all;
  }

  private static DepthCell cell(
      CoconutModel opened, List<ReasoningProblem> asked, int names, int number, int latents) {
    GenerationOptions options =
        GenerationOptions.builder().latents(latents).maxNewTokens(MAX_NEW_TOKENS).build();
    int correct = new Evaluator(opened, options).evaluate(asked).correct();
    return new DepthCell(names, number, latents, asked.size(), correct);
  }

  private XYChart chart(List<DepthCell> cells) {
    XYChart chart =
        ChartStyle.chart("Right answers by steps and thoughts", "thoughts", "right answers");
    chart.getStyler().setYAxisMin(0.4).setYAxisMax(1.0);
    chart.getStyler().setYAxisDecimalPattern("0.0").setLegendPosition(LegendPosition.OutsideE);
    for (int names : nodes) {
      for (int number : steps) {
        List<DepthCell> curve =
            cells.stream().filter(c -> c.nodes() == names && c.steps() == number).toList();
        if (!curve.isEmpty()) {
          add(chart, number + " steps, " + names + " names", curve);
        }
      }
    }
    return chart;
  }

  private static void add(XYChart chart, String name, List<DepthCell> curve) {
    XYSeries series =
        chart.addSeries(
            name,
            curve.stream().mapToDouble(DepthCell::thoughts).toArray(),
            curve.stream().mapToDouble(DepthCell::accuracy).toArray(),
            curve.stream().mapToDouble(cell -> cell.interval().width() / 2).toArray());
    ChartStyle.mark(series, chart.getSeriesMap().size() - 1);
  }
}
