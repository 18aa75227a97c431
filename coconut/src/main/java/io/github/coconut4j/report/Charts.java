package io.github.coconut4j.report;

import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.UpdateMetrics;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of a report. */
final class Charts {

  /** Points of a curve at most; more updates are averaged. */
  private static final int POINTS = 400;

  private Charts() {}

  /** Mean training loss over the updates, with a line where a stage begins. */
  static XYChart loss(RunRecord run) {
    XYChart chart = ChartStyle.chart("Training loss", "update", "nats a token");
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
    ChartStyle.line(chart, "loss", steps, losses, ChartStyle.colour(0));
    addStages(chart, run);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setLegendVisible(false);
    return chart;
  }

  /** Accuracy of the evaluations during training, with a line where a stage begins. */
  static XYChart accuracy(RunRecord run) {
    XYChart chart =
        ChartStyle.chart("Accuracy during training", "update", "share of right answers");
    List<Double> steps = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (EvaluationMetrics evaluation : run.getEvaluations()) {
      steps.add((double) evaluation.getStep());
      shares.add(evaluation.getEvalAccuracy());
    }
    ChartStyle.line(chart, "accuracy", steps, shares, ChartStyle.colour(2))
        .setMarker(SeriesMarkers.CIRCLE);
    addStages(chart, run);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setLegendVisible(false);
    return chart;
  }

  /** Tokens against accuracy, a point a run. */
  static XYChart tokensAgainstAccuracy(List<RunRecord> runs) {
    XYChart chart =
        ChartStyle.chart(
            "Tokens against accuracy", "tokens after the question", "share of right answers");
    int colour = 0;
    double most = 1;
    for (RunRecord run : runs) {
      if (run.getSummary().isPresent()) {
        RunSummary summary = run.getSummary().get();
        most = Math.max(most, summary.getMeanTokens());
        XYSeries series =
            chart.addSeries(
                ChartStyle.unused(summary.getMethod(), chart.getSeriesMap().keySet()),
                new double[] {summary.getMeanTokens()},
                new double[] {summary.getAccuracy()},
                new double[] {(summary.getAccuracyHigh() - summary.getAccuracyLow()) / 2});
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(ChartStyle.colour(colour));
        series.setLineColor(ChartStyle.colour(colour++));
      }
    }
    chart.getStyler().setMarkerSize(11);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(most * 1.1);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    return chart;
  }

  private static void addStages(XYChart chart, RunRecord run) {
    for (int step : run.stageStarts()) {
      chart.addAnnotation(new AnnotationLine(step, true, false));
    }
  }
}
