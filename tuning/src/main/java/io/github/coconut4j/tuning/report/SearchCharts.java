package io.github.coconut4j.tuning.report;

import io.github.coconut4j.report.ChartStyle;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of a search's candidates, all of which have a score. */
public final class SearchCharts {

  private static final Color GREY = new Color(0xAAAAAA);

  private final List<CandidateRecord> candidates;
  private final List<CandidateRecord> completed;
  private final boolean minimize;

  /**
   * Makes the plots of some candidates.
   *
   * @param scored candidates with a score, at least one of them trained to the end
   * @param minimize whether lower scores are better
   */
  public SearchCharts(List<CandidateRecord> scored, boolean minimize) {
    this.candidates = scored;
    this.completed = scored.stream().filter(SearchCharts::isCompleted).toList();
    this.minimize = minimize;
  }

  private static boolean isCompleted(CandidateRecord candidate) {
    return candidate.getStatus() == CandidateOutcome.COMPLETED;
  }

  /** Scores in the order in which the candidates ended, and the best so far. */
  public XYChart overTime() {
    XYChart chart = ChartStyle.chart("Score over time", "candidates ended", "score");
    List<Double> ends = new ArrayList<>();
    List<Double> scores = new ArrayList<>();
    List<Double> best = new ArrayList<>();
    for (CandidateRecord candidate : byTime()) {
      double before = best.isEmpty() ? candidate.getScore() : best.get(best.size() - 1);
      ends.add(ends.size() + 1.0);
      scores.add(candidate.getScore());
      best.add(
          minimize
              ? Math.min(before, candidate.getScore())
              : Math.max(before, candidate.getScore()));
    }
    points(chart, "candidate", ends, scores, ChartStyle.colour(0));
    line(chart, "best so far", ends, best, ChartStyle.colour(1));
    return chart;
  }

  private List<CandidateRecord> byTime() {
    return completed.stream().sorted(Comparator.comparing(CandidateRecord::getFinished)).toList();
  }

  /** Score against one key. */
  public Chart<?, ?> against(Axis axis) {
    List<CandidateRecord> shown = candidates.stream().filter(axis::has).toList();
    List<CandidateRecord> completed = shown.stream().filter(SearchCharts::isCompleted).toList();
    List<CandidateRecord> pruned = shown.stream().filter(one -> !isCompleted(one)).toList();
    String title = "Score against " + axis.getKey();
    if (!axis.getCategories().isEmpty()) {
      CategoryChart chart = ChartStyle.categoryChart(title, axis.getKey(), "score");
      addCategories(chart, "completed", axis, completed, ChartStyle.colour(0));
      addCategories(chart, "pruned", axis, pruned, GREY);
      return chart;
    }
    XYChart chart = ChartStyle.chart(title, axis.getKey(), "score");
    addAgainst(chart, "completed", axis, completed, ChartStyle.colour(0));
    addAgainst(chart, "pruned", axis, pruned, GREY);
    chart.getStyler().setXAxisLogarithmic(axis.isLogarithmic());
    return chart;
  }

  /**
   * A series has at most one point per category, so there is one series for the n-th candidate of
   * each category.
   */
  private static void addCategories(
      CategoryChart chart, String name, Axis axis, List<CandidateRecord> shown, Color colour) {
    List<List<Double>> scores =
        axis.getCategories().stream().map(category -> scores(shown, axis, category)).toList();
    List<String> labels = ChartStyle.labels(axis.getCategories());
    int most = scores.stream().mapToInt(List::size).max().orElse(0);
    for (int i = 0; i < most; i++) {
      int rank = i;
      List<Double> points = new ArrayList<>();
      scores.forEach(all -> points.add(rank < all.size() ? all.get(rank) : null));
      CategorySeries series = chart.addSeries(name + " " + rank, labels, points);
      series.setLabel(name).setShowInLegend(rank == 0);
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setMarkerColor(colour);
    }
  }

  private static List<Double> scores(List<CandidateRecord> shown, Axis axis, String category) {
    return shown.stream()
        .filter(one -> category.equals(Objects.toString(one.getParameters().get(axis.getKey()))))
        .map(CandidateRecord::getScore)
        .toList();
  }

  private static void addAgainst(
      XYChart chart, String name, Axis axis, List<CandidateRecord> shown, Color colour) {
    points(
        chart,
        name,
        shown.stream().map(one -> axis.position(one.getParameters().get(axis.getKey()))).toList(),
        shown.stream().map(CandidateRecord::getScore).toList(),
        colour);
  }

  /** Accuracy against tokens, with the candidates that no other beats in both. */
  public XYChart tokens() {
    XYChart chart =
        ChartStyle.chart(
            "Accuracy against tokens", "tokens after the question", "share of right answers");
    List<CandidateRecord> evaluated =
        completed.stream().filter(candidate -> candidate.getAccuracy() != null).toList();
    addTokens(chart, "candidate", evaluated).setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    XYSeries front = addTokens(chart, "Pareto front", ParetoFront.of(evaluated));
    front.setLineColor(ChartStyle.colour(1));
    front.setMarkerColor(ChartStyle.colour(1));
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    return chart;
  }

  private static XYSeries addTokens(XYChart chart, String name, List<CandidateRecord> shown) {
    XYSeries series =
        chart.addSeries(
            name,
            shown.stream().map(CandidateRecord::getMeanTokens).toList(),
            shown.stream().map(CandidateRecord::getAccuracy).toList());
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(ChartStyle.colour(0));
    return series;
  }

  private static void points(
      XYChart chart, String name, List<Double> x, List<Double> y, Color colour) {
    if (!x.isEmpty()) {
      XYSeries series = chart.addSeries(name, x, y);
      series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setMarkerColor(colour);
    }
  }

  private static void line(
      XYChart chart, String name, List<Double> x, List<Double> y, Color colour) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
  }
}
