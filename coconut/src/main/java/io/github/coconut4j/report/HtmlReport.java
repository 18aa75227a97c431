package io.github.coconut4j.report;

import static io.github.coconut4j.evaluate.Percent.percent;

import io.github.coconut4j.evaluate.Confusion;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;

/** {@code report.html}: one file that includes its plots, rendered from the files of runs. */
public final class HtmlReport {

  private final String title;
  private final List<RunRecord> runs;
  private final HtmlWriter html = new HtmlWriter();

  private HtmlReport(String title, List<RunRecord> runs) {
    this.title = title;
    this.runs = runs;
  }

  /**
   * Makes the report of one run, or of several for comparison.
   *
   * @param directories the runs, in the order they are shown
   * @throws IllegalArgumentException if a directory does not contain a run
   */
  public static HtmlReport of(String title, List<RunDirectory> directories) throws IOException {
    List<RunRecord> runs = new ArrayList<>();
    for (RunDirectory directory : directories) {
      runs.add(RunRecord.read(directory));
    }
    return new HtmlReport(title, runs);
  }

  /** Writes the page. */
  public void write(Path file) throws IOException {
    AtomicFile.write(file, render());
  }

  /** The plot of tokens against accuracy, an SVG file. */
  public byte[] plot() throws IOException {
    return SvgImage.svg(Charts.tokensAgainstAccuracy(summaries()));
  }

  private List<RunSummary> summaries() {
    return runs.stream().flatMap(run -> run.getSummary().stream()).toList();
  }

  private String render() throws IOException {
    html.start(title);
    if (!summaries().isEmpty()) {
      addResults(summaries());
    }
    for (RunRecord run : runs) {
      addRun(run);
    }
    html.element("h2", "Machine");
    html.element("p", MachineDescription.text());
    return html.end();
  }

  private void addResults(List<RunSummary> summaries) throws IOException {
    html.element("h2", "Results");
    html.startTable(
        "method",
        "seed",
        "accuracy",
        "95 % interval",
        "tokens",
        "words",
        "chain",
        "updates",
        "seconds");
    summaries.forEach(this::addResult);
    Optional<RunSummary> withRules = summaries.stream().filter(RunSummary::hasRules).findFirst();
    withRules.ifPresent(this::addRules);
    html.endTable();
    html.element(
        "p",
        "Tokens: all that is thought or written after the question. Chain: share of chains written"
            + " as in the problem."
            + (withRules.isEmpty() ? "" : " The rules in italics need no reasoning."));
    addChart(Charts.tokensAgainstAccuracy(summaries));
  }

  private void addResult(RunSummary summary) {
    html.row(
        "<b>" + Markup.escaped(summary.label()) + "</b>",
        summary.getSeed() == null ? "" : String.valueOf(summary.getSeed()),
        percent(summary.getAccuracy()),
        summary.accuracyInterval().toPercent(),
        decimal(summary.getMeanTokens()),
        decimal(summary.getMeanWords()),
        percent(summary.getChainMatch()),
        String.valueOf(summary.getUpdates()),
        decimal(summary.getSeconds()));
  }

  private void addRules(RunSummary summary) {
    html.row("<i>deeper option</i>", "", percent(summary.getDeeperOption()));
    html.row("<i>fewer incoming edges</i>", "", percent(summary.getFewerIncoming()));
    html.row("<i>chance</i>", "", percent(0.5));
  }

  private void addRun(RunRecord run) throws IOException {
    html.element("h2", run.getName());
    addChart(Charts.loss(run));
    if (!run.getEvaluations().isEmpty()) {
      addChart(Charts.accuracy(run));
    }
    for (Charts.LatentMetric metric : Charts.LatentMetric.ALL) {
      XYChart chart = Charts.latents(run, metric);
      if (chart != null) {
        addChart(chart);
      }
    }
    run.getSummary()
        .ifPresent(
            summary -> {
              addConfusion(summary.getConfusion());
              html.element("h3", "What it thinks and writes");
              summary.getSamples().forEach(html::sample);
            });
    html.details("Configuration", run.getConfiguration());
  }

  /** One row for each option that can be correct, one column for each that an answer can name. */
  private void addConfusion(Confusion confusion) {
    if (confusion == null) {
      return;
    }
    List<String> labels = confusion.getLabels();
    html.element("h3", "Options named");
    html.startTable(cells("right option", labels));
    for (int right = 0; right < labels.size() - 1; right++) {
      List<String> counts = confusion.getCounts().get(right).stream().map(String::valueOf).toList();
      html.row(cells(Markup.escaped(labels.get(right)), counts));
    }
    html.endTable();
    html.element("p", "Answers by the option that they name; F1 " + ratio(confusion.getF1()) + ".");
  }

  private static String[] cells(String first, List<String> others) {
    return Stream.concat(Stream.of(first), others.stream()).toArray(String[]::new);
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private void addChart(XYChart chart) throws IOException {
    html.image(SvgImage.of(chart), chart.getTitle());
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
