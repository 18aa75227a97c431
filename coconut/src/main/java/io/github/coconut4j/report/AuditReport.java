package io.github.coconut4j.report;

import io.github.coconut4j.audit.AuditResult;
import io.github.coconut4j.audit.Claim;
import io.github.coconut4j.audit.Finding;
import io.github.coconut4j.audit.ModelProfile;
import io.github.coconut4j.audit.ModelProfile.StepsCalibration;
import io.github.coconut4j.evaluate.Interval;
import io.github.coconut4j.evaluate.Percent;
import io.github.coconut4j.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** {@code report.html} of an audit: the verdicts, each with its rule and measurements. */
public final class AuditReport {

  private final AuditResult result;
  private final HtmlWriter html = new HtmlWriter();

  private AuditReport(AuditResult result) {
    this.result = result;
  }

  /**
   * Writes or replaces the report.
   *
   * @param directory created if it is missing
   * @throws IOException if it cannot be written
   */
  public static void write(Path directory, AuditResult result) throws IOException {
    AtomicFile.write(directory.resolve("report.html"), new AuditReport(result).render());
  }

  private String render() throws IOException {
    html.start("Claims about latent reasoning, tested");
    html.element("p", result.getProblems() + " problems: " + result.getData());
    addSummary();
    for (Claim claim : Claim.values()) {
      addClaim(claim);
    }
    addModels();
    addCorruption();
    addCalibration();
    html.element("h2", "Machine");
    html.element("p", MachineDescription.text());
    return html.end();
  }

  private void addSummary() {
    html.startTable("claim", "control", "verdict", "estimate", "95 % interval", "control's");
    for (Finding found : result.getFindings()) {
      html.row(
          found.getClaim().key(),
          found.getMethod().key(),
          "<b>" + found.getVerdict().title() + "</b>",
          number(found.getEstimate()),
          interval(found.getInterval()),
          number(found.getControlEstimate()));
    }
    html.endTable();
    html.element(
        "p",
        "Intervals: paired bootstrap over problems, and over seeds where there are several; each"
            + " covers 95 % by itself, not all of them together. A verdict is based only on these: it"
            + " is undecided if an interval includes its threshold. Seed "
            + result.getSeed()
            + ".");
  }

  private void addClaim(Claim claim) {
    html.element("h2", claim.key());
    html.element("p", claim.getStatement());
    html.element("p", "Paper: " + claim.getSource() + ".");
    html.element("p", "Measured: " + claim.getMeasure() + ".");
    html.element("p", "Rule: " + claim.getRule());
    html.startTable("control", "verdict", "minus the control's", "95 % interval", "seeds");
    List<Finding> own =
        result.getFindings().stream().filter(found -> found.getClaim() == claim).toList();
    for (Finding found : own) {
      html.row(
          found.getMethod().key(),
          "<b>" + found.getVerdict().title() + "</b>: " + Markup.escaped(found.getBecause()),
          number(found.getDifference()),
          interval(found.getDifferenceInterval()),
          String.valueOf(found.getSeeds()));
    }
    html.endTable();
  }

  private void addModels() {
    html.element("h2", "Models and controls");
    html.startTable("directory", "method", "seed", "thoughts", "right answers", "95 % interval");
    for (ModelProfile model : result.getModels()) {
      html.row(
          Markup.escaped(model.getDirectory()),
          model.getMethod().key(),
          String.valueOf(model.getSeed()),
          String.valueOf(model.getThoughts()),
          Percent.percent(model.getAccuracy()),
          model.accuracyInterval(result.getProblems()).toPercent());
    }
    html.endTable();
  }

  private void addCorruption() throws IOException {
    html.element("h2", "Right answers with the first thoughts as noise");
    XYChart chart =
        ChartStyle.chart("Cumulative corruption", "thoughts that are noise", "right answers");
    List<String> labels =
        ChartStyle.labels(
            result.getModels().stream()
                .map(model -> model.getMethod().key() + ", seed " + model.getSeed())
                .toList());
    for (int i = 0; i < labels.size(); i++) {
      List<Double> accuracy = result.getModels().get(i).getAccuracyByCorruptedThoughts();
      List<Integer> numbers = IntStream.range(0, accuracy.size()).boxed().toList();
      XYSeries series = chart.addSeries(labels.get(i), numbers, accuracy);
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setMarkerColor(ChartStyle.colour(i));
      series.setLineColor(ChartStyle.colour(i));
    }
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    html.image(SvgImage.of(chart), chart.getTitle());
    html.element("p", "A control without thoughts has none that could be noise: a single point.");
  }

  private void addCalibration() {
    html.element("h2", "Confidence and accuracy by steps");
    html.startTable("model", "steps", "problems", "confidence", "right answers");
    for (ModelProfile model : result.getModels()) {
      for (StepsCalibration each : model.getBySteps()) {
        html.row(
            model.getMethod().key() + ", seed " + model.getSeed(),
            String.valueOf(each.getSteps()),
            String.valueOf(each.getProblems()),
            Percent.percent(each.getConfidence()),
            Percent.percent(each.getAccuracy()));
      }
    }
    html.endTable();
    html.element(
        "p",
        "Confidence: the likelier option's share in the probability of both, after what the model"
            + " wrote before its answer.");
  }

  private static String number(Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static String interval(Interval interval) {
    return interval == null ? "" : number(interval.getLow()) + " to " + number(interval.getHigh());
  }
}
