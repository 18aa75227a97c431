package io.github.coconut4j.report;

import static io.github.coconut4j.evaluate.Percent.percent;

import io.github.coconut4j.analyze.Analysis;
import io.github.coconut4j.analyze.AnalysisFiles;
import io.github.coconut4j.analyze.DataAnalysis;
import io.github.coconut4j.analyze.ForcedThoughts;
import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.thought.LatentReading;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.ValueByHeight;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * {@code report.html} of an analysis, and each of its pictures as an SVG file in {@code figures/}.
 * The page's size does not grow with the number of problems: plots show groups, and the trees are
 * the {@value AnalysisFiles#SHOWN_TREES} largest.
 */
public final class AnalysisReport {

  private static final Pattern FIGURE =
      Pattern.compile(
          "(accuracy|path-classes|path-classes-written|search-tree|parallelism|value-by-height|causal)(-\\d+)*\\.svg");

  private final Path directory;
  private final Set<Path> figures = new HashSet<>();
  private final Analysis analysis;
  private final List<String> names;
  private final HtmlWriter html = new HtmlWriter();

  private AnalysisReport(Path directory, Analysis analysis) {
    this.directory = directory;
    this.analysis = analysis;
    names = DataNames.of(analysis.getData().stream().map(DataAnalysis::getData).toList());
  }

  /**
   * Writes or replaces the report and its pictures.
   *
   * @param directory created if it is missing
   * @throws IOException if they cannot be written
   */
  public static void write(Path directory, Analysis analysis) throws IOException {
    AnalysisReport report = new AnalysisReport(directory, analysis);
    String page = report.render();
    AtomicFile.write(directory.resolve("report.html"), page);
    report.deleteEarlierFigures();
  }

  /** Deletes pictures of an earlier analysis, with more data sets for example. */
  private void deleteEarlierFigures() throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.list(directory.resolve("figures"))) {
      all = files.toList();
    }
    for (Path file : all) {
      if (FIGURE.matcher(file.getFileName().toString()).matches() && !figures.contains(file)) {
        Files.delete(file);
      }
    }
  }

  private String render() throws IOException {
    html.start("What the thoughts of " + analysis.getModel() + " hold");
    addSummary();
    for (int i = 0; i < analysis.getData().size(); i++) {
      addData(i + 1, analysis.getData().get(i));
    }
    html.element("h2", "Machine");
    html.element("p", MachineDescription.text());
    return html.end();
  }

  private void addSummary() throws IOException {
    html.startTable(
        "problems",
        "number",
        "without thoughts",
        "with " + analysis.getTrainedThoughts() + ", as trained",
        "95 % interval",
        "deeper option",
        "fewer incoming");
    for (int i = 0; i < names.size(); i++) {
      addSummary(names.get(i), analysis.getData().get(i));
    }
    html.endTable();
    html.element(
        "p",
        "Shares of right answers. The last two columns are rules that follow no path: where one of"
            + " them scores well, a right answer proves little.");
    addChart("accuracy", AnalysisCharts.accuracy(analysis, names));
    html.element(
        "p",
        "Bars are as wide as the 95 % intervals; the dashed line marks the number of thoughts in training.");
  }

  private void addSummary(String name, DataAnalysis data) {
    ForcedThoughts trained = data.getForced().get(analysis.getTrainedThoughts());
    html.row(
        Markup.escaped(name),
        String.valueOf(data.getProblems()),
        percent(data.getForced().get(0).getAccuracy()),
        percent(trained.getAccuracy()),
        format("%.1f - %.1f", 100 * trained.getLow(), 100 * trained.getHigh()),
        rule(data, ShortcutBaselines::getDeeperOption),
        rule(data, ShortcutBaselines::getFewerIncoming));
  }

  private static String rule(DataAnalysis data, ToDoubleFunction<ShortcutBaselines> share) {
    return data.getBaselines() == null ? "" : percent(share.applyAsDouble(data.getBaselines()));
  }

  private void addData(int number, DataAnalysis data) throws IOException {
    html.element("h2", names.get(number - 1));
    html.element("p", data.getProblems() + " problems: " + data.getData());
    for (String finding : data.getFindings()) {
      html.element("p", finding);
    }
    addClasses(number, data);
    addTrees(number, data);
    addFrontiers(number, data);
    addCausal(number, data);
    addSimilarity(data);
  }

  private void addClasses(int number, DataAnalysis data) throws IOException {
    html.element("h3", "What is written after so many thoughts");
    addChart(
        "path-classes-" + number,
        AnalysisCharts.classes(
            "Path classes, first steps may be thought",
            data.getForced(),
            ForcedThoughts::getCompleted));
    html.element(
        "p",
        "A path that starts later than the root is completed by the steps before it, as many as"
            + " there are thoughts at most.");
    addChart(
        "path-classes-written-" + number,
        AnalysisCharts.classes(
            "Path classes, every step must be written",
            data.getForced(),
            ForcedThoughts::getWritten));
    html.element(
        "p",
        "A path that does not start at the root is a hallucination. Right path, wrong answer: "
            + data.getForced().stream()
                .map(each -> String.valueOf(each.getRightPathWrongLabel()))
                .collect(Collectors.joining(", "))
            + " outputs after 0, 1, 2, … thoughts.");
  }

  private void addTrees(int number, DataAnalysis data) throws IOException {
    html.element("h3", "Search trees");
    html.element(
        "p",
        "After the thoughts of each step, the probability that the next step is about a node, among all steps that"
            + " begin with Every. Darker: a larger share of its level. Green: leads to the answer,"
            + " which is ticked. These are the trees with most nodes.");
    DataAnalysis shown = data.withLargestTrees(AnalysisFiles.SHOWN_TREES);
    for (int i = 0; i < shown.getTrees().size(); i++) {
      SearchTree tree = shown.getTrees().get(i);
      String svg = SearchTreeSvg.of(tree);
      AtomicFile.write(figure("search-tree-" + number + "-" + (i + 1)), svg);
      html.picture(
          SvgImage.of(svg.getBytes(StandardCharsets.UTF_8)),
          "Search tree of problem " + tree.getProblem());
      html.element("p", "Problem " + tree.getProblem() + ". " + reading(shown, tree.getProblem()));
    }
  }

  /** Readings of the thoughts: the most likely tokens of each. */
  private String reading(DataAnalysis data, int problem) {
    return data.getReadings().stream()
        .filter(reading -> reading.getProblem() == problem)
        .filter(reading -> reading.getThought() <= Math.max(1, analysis.getTrainedThoughts()))
        .collect(Collectors.groupingBy(LatentReading::getThought))
        .entrySet()
        .stream()
        .map(entry -> "Thought " + entry.getKey() + " reads " + tokens(entry.getValue()))
        .collect(Collectors.joining(". ", "", "."));
  }

  private static String tokens(List<LatentReading> readings) {
    return readings.stream()
        .map(
            reading ->
                format(
                    "“%s” %.2f",
                    reading.getToken().replace("\n", "↵").strip(), reading.getProbability()))
        .collect(Collectors.joining(", "));
  }

  private void addFrontiers(int number, DataAnalysis data) throws IOException {
    html.element("h3", "How the value spreads");
    for (List<ParallelismPoint> curve :
        data.getParallelism().stream()
            .collect(Collectors.groupingBy(ParallelismPoint::getThoughts))
            .values()) {
      addChart(
          "parallelism-" + number + "-" + curve.get(0).getThoughts(),
          AnalysisCharts.parallelism(curve));
      html.element(
          "p", curve.get(0).getProblems() + " problems whose frontier has at least two nodes.");
    }
    for (List<ValueByHeight> groups :
        data.getHeights().stream()
            .collect(Collectors.groupingBy(ValueByHeight::getThoughts))
            .values()) {
      addChart(
          "value-by-height-" + number + "-" + groups.get(0).getThoughts(),
          AnalysisCharts.heights(groups));
    }
    html.element("p", "Bars are standard errors of the mean over the nodes of a height.");
  }

  private void addCausal(int number, DataAnalysis data) throws IOException {
    if (data.getCausal().isEmpty()) {
      return;
    }
    html.element("h3", "Do the thoughts carry the reasoning?");
    addChart("causal-" + number, AnalysisCharts.causal(data.getCausal()));
    html.startTable("replaced", "by", "accuracy", "change, points", "95 % interval", "p");
    data.getCausal().forEach(this::addEffect);
    html.endTable();
    html.element(
        "p",
        format(
            "The first %d problems with their %d thoughts: %s right as they are. Intervals: Agresti"
                + " and Min, paired; p: McNemar's exact test, not corrected for the number of rows."
                + " Seed %d.",
            data.getCausal().get(0).getProblems(),
            analysis.getTrainedThoughts(),
            percent(data.getCausal().get(0).getBefore()),
            analysis.getSeed()));
  }

  private void addEffect(CausalEffect effect) {
    html.row(
        AnalysisCharts.replaced(effect),
        Markup.escaped(effect.getReplacement().getTitle()),
        percent(effect.getAfter()),
        format("%+.1f", 100 * effect.getDifference()),
        format("%+.1f to %+.1f", 100 * effect.getLow(), 100 * effect.getHigh()),
        effect.getProbability() < 0.001 ? "&lt; 0.001" : format("%.3f", effect.getProbability()));
  }

  private void addSimilarity(DataAnalysis data) {
    if (data.getSimilarities().isEmpty()) {
      return;
    }
    html.element("h3", "How alike successive thoughts are");
    html.startTable("thoughts", "mean cosine", "standard deviation");
    data.getSimilarities()
        .forEach(
            pair ->
                html.row(
                    pair.getThought() + " and " + (pair.getThought() + 1),
                    format("%.3f", pair.getMean()),
                    format("%.3f", pair.getStandardDeviation())));
    html.endTable();
  }

  private void addChart(String name, Chart<?, ?> chart) throws IOException {
    byte[] svg = SvgImage.svg(chart);
    AtomicFile.write(figure(name), svg);
    html.image(SvgImage.of(svg), chart.getTitle());
  }

  /** The file of a picture, which is kept. */
  private Path figure(String name) {
    Path file = directory.resolve("figures").resolve(name + ".svg");
    figures.add(file);
    return file;
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
