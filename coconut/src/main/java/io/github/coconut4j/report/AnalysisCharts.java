package io.github.coconut4j.report;

import io.github.coconut4j.analyze.Analysis;
import io.github.coconut4j.analyze.ForcedThoughts;
import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.causal.Replacement;
import io.github.coconut4j.analyze.path.PathClass;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.analyze.tree.ValueByHeight;
import java.awt.Color;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of an analysis. */
public final class AnalysisCharts {

  /** Correct classes in greens, a wrong path in reds, answers without a path in greys. */
  private static final Map<PathClass, Color> CLASS_COLOURS =
      Map.of(
          PathClass.CORRECT_PATH, new Color(0x2E8B57),
          PathClass.LONGER_PATH, new Color(0x9CCB9A),
          PathClass.HALLUCINATION, new Color(0xC0395B),
          PathClass.WRONG_TARGET, new Color(0xE5A04B),
          PathClass.CORRECT_LABEL, new Color(0x3366CC),
          PathClass.INCORRECT_LABEL, new Color(0x9AA4B0));

  /** Margin above and below changes of accuracy, so that small changes do not look large. */
  private static final double MARGIN = 0.05;

  private AnalysisCharts() {}

  /**
   * Accuracy against forced thoughts, one curve per data set, with a line at the number of thoughts
   * in training.
   *
   * @param names name of each data set in the plot, in order
   */
  public static XYChart accuracy(Analysis analysis, List<String> names) {
    XYChart chart = ChartStyle.chart("Accuracy against thoughts", "thoughts", "right answers");
    List<String> labels = ChartStyle.labels(names);
    for (int i = 0; i < names.size(); i++) {
      List<ForcedThoughts> forced = analysis.getData().get(i).getForced();
      XYSeries series =
          chart.addSeries(
              labels.get(i),
              values(forced, ForcedThoughts::getThoughts),
              values(forced, ForcedThoughts::getAccuracy),
              values(forced, one -> (one.getHigh() - one.getLow()) / 2));
      paint(series, ChartStyle.colour(i));
    }
    chart.addAnnotation(new AnnotationLine(analysis.getTrainedThoughts(), true, false));
    shares(chart);
    return chart;
  }

  /**
   * Shares of the path classes against forced thoughts.
   *
   * @param counts which of the two readings of a path: {@link ForcedThoughts#getWritten} or {@link
   *     ForcedThoughts#getCompleted}
   */
  public static CategoryChart classes(
      String title,
      List<ForcedThoughts> forced,
      Function<ForcedThoughts, Map<PathClass, Integer>> counts) {
    CategoryChart chart = categories(title, "thoughts", "share of outputs");
    chart.getStyler().setStacked(true);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    List<Integer> thoughts = forced.stream().map(ForcedThoughts::getThoughts).toList();
    for (PathClass one : PathClass.values()) {
      List<Double> shares =
          forced.stream()
              .map(each -> (double) counts.apply(each).get(one) / each.getProblems())
              .toList();
      chart.addSeries(one.getTitle(), thoughts, shares).setFillColor(CLASS_COLOURS.get(one));
    }
    return chart;
  }

  /** The share of the frontier's largest values, by percentile of the problems. */
  public static XYChart parallelism(List<ParallelismPoint> curve) {
    int thoughts = curve.get(0).getThoughts();
    XYChart chart =
        ChartStyle.chart(
            "Share held by the largest values, " + afterThoughts(thoughts),
            "percentile of problems",
            "share of the frontier");
    addShare(chart, "top 1", curve, ParallelismPoint::getTop1, 0);
    addShare(chart, "top 2", curve, ParallelismPoint::getTop2, 1);
    addShare(chart, "top 3", curve, ParallelismPoint::getTop3, 2);
    shares(chart);
    return chart;
  }

  /** Mean value against height, of nodes that lead to the answer and of those that do not. */
  public static XYChart heights(List<ValueByHeight> groups) {
    int thoughts = groups.get(0).getThoughts();
    XYChart chart =
        ChartStyle.chart(
            "Value against height, " + afterThoughts(thoughts),
            "height: steps to the nearest leaf",
            "mean value");
    addHeights(chart, "leads to the answer", groups, true, 2);
    addHeights(chart, "does not", groups, false, 5);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setYAxisDecimalPattern("0.###");
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    return chart;
  }

  /** The change of accuracy by replacement of each thought, or of all. */
  public static CategoryChart causal(List<CausalEffect> effects) {
    CategoryChart chart = categories("Accuracy when thoughts are replaced", "replaced", "change");
    int colour = 0;
    for (Replacement replacement : Replacement.values()) {
      List<CausalEffect> own =
          effects.stream().filter(effect -> effect.getReplacement() == replacement).toList();
      chart
          .addSeries(
              replacement.getTitle(),
              own.stream().map(AnalysisCharts::replaced).toList(),
              own.stream().map(CausalEffect::getDifference).toList(),
              own.stream().map(effect -> (effect.getHigh() - effect.getLow()) / 2).toList())
          .setFillColor(ChartStyle.colour(colour++));
    }
    double lowest = effects.stream().mapToDouble(CausalEffect::getLow).min().orElse(0);
    double highest = effects.stream().mapToDouble(CausalEffect::getHigh).max().orElse(0);
    chart.getStyler().setYAxisMin(Math.min(-MARGIN, lowest - MARGIN));
    chart.getStyler().setYAxisMax(Math.max(MARGIN, highest + MARGIN));
    chart.getStyler().setYAxisDecimalPattern("0.00");
    return chart;
  }

  static String replaced(CausalEffect effect) {
    return effect.getThought() == null ? "all thoughts" : "thought " + effect.getThought();
  }

  private static String afterThoughts(int thoughts) {
    return "after " + thoughts + (thoughts == 1 ? " thought" : " thoughts");
  }

  private static void addShare(
      XYChart chart,
      String name,
      List<ParallelismPoint> curve,
      ToDoubleFunction<ParallelismPoint> share,
      int colour) {
    XYSeries series =
        chart.addSeries(name, values(curve, ParallelismPoint::getPercentile), values(curve, share));
    paint(series, ChartStyle.colour(colour));
    series.setMarker(SeriesMarkers.NONE);
  }

  private static void addHeights(
      XYChart chart, String name, List<ValueByHeight> groups, boolean leads, int colour) {
    List<ValueByHeight> own =
        groups.stream().filter(group -> group.isLeadsToTarget() == leads).toList();
    if (!own.isEmpty()) {
      XYSeries series =
          chart.addSeries(
              name,
              values(own, ValueByHeight::getHeight),
              values(own, ValueByHeight::getMeanValue),
              values(own, ValueByHeight::getStandardError));
      paint(series, ChartStyle.colour(colour));
    }
  }

  private static void paint(XYSeries series, Color colour) {
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(colour);
    series.setLineColor(colour);
    series.setLineWidth(1.6f);
  }

  private static void shares(XYChart chart) {
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
  }

  private static CategoryChart categories(String title, String xTitle, String yTitle) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(ChartStyle.WIDTH)
            .height(ChartStyle.HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    return chart;
  }

  private static <T> double[] values(List<T> rows, ToDoubleFunction<T> value) {
    return rows.stream().mapToDouble(value).toArray();
  }
}
