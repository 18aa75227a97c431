package io.github.coconut4j.report;

import static java.util.stream.Collectors.groupingBy;

import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.UpdateMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of a report. */
final class Charts {

  /** Largest number of points of a curve; more updates are averaged. */
  private static final int POINTS = 400;

  /** Largest number of latents with curves in a chart. */
  private static final int LATENT_CURVES = 8;

  private Charts() {}

  /**
   * A statistic of latents.
   *
   * @param title title of its chart
   * @param unit unit of its values
   * @param values returns its values in an evaluation, from the first latent, or null
   */
  record LatentMetric(String title, String unit, Function<EvaluationMetrics, List<Double>> values) {

    static final List<LatentMetric> ALL =
        List.of(
            new LatentMetric(
                "Norm of each latent", "of a word's", EvaluationMetrics::getLatentNormRatio),
            new LatentMetric(
                "Likeness to the latent before", "cosine", EvaluationMetrics::getLatentCosine),
            new LatentMetric(
                "Effective rank over sequences",
                "directions",
                EvaluationMetrics::getLatentEffectiveRank),
            new LatentMetric(
                "Gradient of the loss by each latent",
                "norm",
                EvaluationMetrics::getLatentGradNorm));
  }

  /** Mean training loss over the updates, with a line at the beginning of each stage. */
  static XYChart loss(RunRecord run) {
    XYChart chart = ChartStyle.chart("Training loss", "update", "nats a token");
    List<Double> steps = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    List<UpdateMetrics> updates = run.getUpdates();
    int width = Math.max(1, (updates.size() + POINTS - 1) / POINTS);
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

  /** Accuracy of the evaluations during training, with a line at the beginning of each stage. */
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

  /**
   * A statistic of latents at each evaluation, one curve per latent; null if it was not measured.
   */
  static XYChart latents(RunRecord run, LatentMetric metric) {
    int most =
        run.getEvaluations().stream()
            .map(metric.values())
            .filter(Objects::nonNull)
            .mapToInt(List::size)
            .max()
            .orElse(0);
    XYChart chart = ChartStyle.chart(metric.title(), "update", metric.unit());
    for (int latent = 0; latent < Math.min(most, LATENT_CURVES); latent++) {
      addLatent(chart, run, metric, latent);
    }
    addStages(chart, run);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    return chart.getSeriesMap().isEmpty() ? null : chart;
  }

  private static void addLatent(XYChart chart, RunRecord run, LatentMetric metric, int latent) {
    List<Double> steps = new ArrayList<>();
    List<Double> found = new ArrayList<>();
    for (EvaluationMetrics evaluation : run.getEvaluations()) {
      List<Double> values = metric.values().apply(evaluation);
      if (values != null && values.size() > latent && Double.isFinite(values.get(latent))) {
        steps.add((double) evaluation.getStep());
        found.add(values.get(latent));
      }
    }
    if (!steps.isEmpty()) {
      ChartStyle.line(chart, "latent " + (latent + 1), steps, found, ChartStyle.colour(latent))
          .setMarker(ChartStyle.marker(latent));
    }
  }

  /** Tokens against accuracy, with one point per run and one colour per method. */
  static XYChart tokensAgainstAccuracy(List<RunSummary> runs) {
    XYChart chart =
        ChartStyle.chart(
            "Tokens against accuracy", "tokens after the question", "share of right answers");
    Map<String, List<RunSummary>> methods =
        runs.stream()
            .collect(groupingBy(RunSummary::label, LinkedHashMap::new, Collectors.toList()));
    methods.forEach((name, ofMethod) -> addPoints(chart, name, ofMethod));
    double most = runs.stream().mapToDouble(RunSummary::getMeanTokens).max().orElse(0);
    chart.getStyler().setMarkerSize(11);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.1 * Math.max(1, most));
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    return chart;
  }

  private static void addPoints(XYChart chart, String name, List<RunSummary> runs) {
    int series = chart.getSeriesMap().size();
    XYSeries points =
        chart.addSeries(
            ChartStyle.unused(name, chart.getSeriesMap().keySet()),
            runs.stream().mapToDouble(RunSummary::getMeanTokens).toArray(),
            runs.stream().mapToDouble(RunSummary::getAccuracy).toArray(),
            runs.stream().mapToDouble(run -> run.accuracyInterval().width() / 2).toArray());
    points.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    ChartStyle.mark(points, series);
  }

  private static void addStages(XYChart chart, RunRecord run) {
    for (int step : run.stageStarts()) {
      chart.addAnnotation(new AnnotationLine(step, true, false));
    }
  }
}
