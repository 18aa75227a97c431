package io.github.coconut4j.report;

import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.UpdateMetrics;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of a report. */
final class Charts {

  private static final int WIDTH = 880;
  private static final int HEIGHT = 300;

  /** Points of a curve at most; more updates are averaged. */
  private static final int POINTS = 400;

  private static final Color[] COLOURS = {
    new Color(0x3366CC),
    new Color(0xDC6B2F),
    new Color(0x2E8B57),
    new Color(0x8E5EA2),
    new Color(0xB8860B),
    new Color(0xC0395B),
    new Color(0x5F7C8A)
  };

  private static final Color GREY = new Color(0x777777);

  private static final BasicStroke DASHES =
      new BasicStroke(
          1f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10f, new float[] {4f, 4f}, 0f);

  private Charts() {}

  /** Mean training loss over the updates, with a line where a stage begins. */
  static XYChart loss(RunRecord run) {
    XYChart chart = chart("Training loss", "update", "nats a token");
    List<Double> steps = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    List<UpdateMetrics> updates = run.getUpdates();
    int width = Math.max(1, updates.size() / POINTS);
    for (int from = 0; from < updates.size(); from += width) {
      List<UpdateMetrics> bin = updates.subList(from, Math.min(updates.size(), from + width));
      double mean = bin.stream().mapToDouble(UpdateMetrics::getLoss).average().orElseThrow();
      if (Double.isFinite(mean)) {
        steps.add((double) bin.get(bin.size() - 1).getStep());
        losses.add(mean);
      }
    }
    line(chart, "loss", steps, losses, COLOURS[0]);
    addStages(chart, run);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setLegendVisible(false);
    return chart;
  }

  /** Accuracy of the evaluations during training, with a line where a stage begins. */
  static XYChart accuracy(RunRecord run) {
    XYChart chart = chart("Accuracy during training", "update", "share of right answers");
    List<Double> steps = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (EvaluationMetrics evaluation : run.getEvaluations()) {
      steps.add((double) evaluation.getStep());
      shares.add(evaluation.getEvalAccuracy());
    }
    line(chart, "accuracy", steps, shares, COLOURS[2]).setMarker(SeriesMarkers.CIRCLE);
    addStages(chart, run);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setLegendVisible(false);
    return chart;
  }

  /** Tokens against accuracy, a point a method. */
  static XYChart tokensAgainstAccuracy(List<RunRecord> runs) {
    XYChart chart =
        chart("Tokens against accuracy", "tokens after the question", "share of right answers");
    int colour = 0;
    double most = 1;
    for (RunRecord run : runs) {
      if (run.getSummary().isPresent()) {
        RunSummary summary = run.getSummary().get();
        most = Math.max(most, summary.getMeanTokens());
        XYSeries series =
            chart.addSeries(
                summary.getMethod(),
                new double[] {summary.getMeanTokens()},
                new double[] {summary.getAccuracy()},
                new double[] {(summary.getAccuracyHigh() - summary.getAccuracyLow()) / 2});
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(COLOURS[colour % COLOURS.length]);
        series.setLineColor(COLOURS[colour++ % COLOURS.length]);
      }
    }
    chart.getStyler().setMarkerSize(11);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(most * 1.1);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    return chart;
  }

  private static XYChart chart(String title, String xTitle, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    XYStyler style = chart.getStyler();
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(new Color(0xE6E6E6));
    style.setPlotGridLinesStroke(new BasicStroke(1f));
    style.setXAxisMaxLabelCount(12);
    style.setAxisTickMarksColor(GREY);
    style.setAxisTickLabelsColor(GREY);
    style.setChartFontColor(new Color(0x333333));
    style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
    style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    style.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    style.setChartTitleBoxVisible(false);
    style.setLegendBorderColor(Color.WHITE);
    style.setAnnotationLineColor(GREY);
    style.setAnnotationLineStroke(DASHES);
    return chart;
  }

  private static XYSeries line(
      XYChart chart, String name, List<Double> x, List<Double> y, Color colour) {
    if (x.isEmpty()) {
      x.add(0.0);
      y.add(0.0);
    }
    XYSeries series = chart.addSeries(name, x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setMarkerColor(colour);
    series.setLineWidth(1.6f);
    return series;
  }

  private static void addStages(XYChart chart, RunRecord run) {
    for (int step : run.stageStarts()) {
      chart.addAnnotation(new AnnotationLine(step, true, false));
    }
  }
}
