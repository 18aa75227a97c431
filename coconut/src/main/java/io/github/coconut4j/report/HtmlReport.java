package io.github.coconut4j.report;

import static io.github.coconut4j.evaluate.Percent.percent;

import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;

/** {@code report.html}: one file with its plots inside, drawn from what runs wrote. */
public final class HtmlReport {

  private final String title;
  private final List<RunRecord> runs;
  private final ShortcutBaselines baselines;
  private final HtmlWriter html = new HtmlWriter();

  private HtmlReport(String title, List<RunRecord> runs, ShortcutBaselines baselines) {
    this.title = title;
    this.runs = runs;
    this.baselines = baselines;
  }

  /**
   * Writes the report of one run or of several that are compared.
   *
   * @param file where it goes
   * @param directories the runs, in the order they are shown
   * @param baselines the shortcut rules' accuracies, or null
   * @throws IllegalArgumentException if a directory holds no run
   */
  public static void write(
      Path file, String title, List<RunDirectory> directories, ShortcutBaselines baselines)
      throws IOException {
    List<RunRecord> runs = new ArrayList<>();
    for (RunDirectory directory : directories) {
      runs.add(RunRecord.read(directory));
    }
    AtomicFile.write(file, new HtmlReport(title, runs, baselines).render());
  }

  private String render() throws IOException {
    html.start(title);
    if (runs.stream().anyMatch(run -> run.getSummary().isPresent())) {
      addResults();
    }
    for (RunRecord run : runs) {
      addRun(run);
    }
    html.element("h2", "Machine");
    html.element("p", MachineDescription.text());
    return html.end();
  }

  private void addResults() throws IOException {
    html.element("h2", "Results");
    html.startTable(
        "method", "accuracy", "95 % interval", "tokens", "words", "chain", "updates", "seconds");
    for (RunRecord run : runs) {
      run.getSummary().ifPresent(this::addResult);
    }
    if (baselines != null) {
      html.row("<i>deeper option</i>", percent(baselines.getDeeperOption()));
      html.row("<i>fewer incoming edges</i>", percent(baselines.getFewerIncoming()));
      html.row("<i>chance</i>", percent(0.5));
    }
    html.endTable();
    html.element(
        "p",
        "Tokens: all that is thought or written after the question. Chain: share of chains written"
            + " as in the problem."
            + (baselines == null ? "" : " The rules in italics need no reasoning."));
    addChart(Charts.tokensAgainstAccuracy(runs));
  }

  private void addResult(RunSummary summary) {
    html.row(
        "<b>" + Markup.escaped(summary.getMethod()) + "</b>",
        percent(summary.getAccuracy()),
        summary.accuracyInterval().toPercent(),
        decimal(summary.getMeanTokens()),
        decimal(summary.getMeanWords()),
        percent(summary.getChainMatch()),
        String.valueOf(summary.getUpdates()),
        decimal(summary.getSeconds()));
  }

  private void addRun(RunRecord run) throws IOException {
    html.element("h2", run.getName());
    addChart(Charts.loss(run));
    if (!run.getEvaluations().isEmpty()) {
      addChart(Charts.accuracy(run));
    }
    run.getSummary()
        .ifPresent(
            summary -> {
              html.element("h3", "What it thinks and writes");
              summary.getSamples().forEach(html::sample);
            });
    html.details("Configuration", run.getConfiguration());
  }

  private void addChart(XYChart chart) throws IOException {
    html.image(SvgImage.of(chart), chart.getTitle());
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
