package io.github.coconut4j.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The style of all plots. */
public final class ChartStyle {

  static final int WIDTH = 880;
  static final int HEIGHT = 300;

  private static final Color[] COLOURS = {
    new Color(0x3366CC),
    new Color(0xDC6B2F),
    new Color(0x2E8B57),
    new Color(0x8E5EA2),
    new Color(0xB8860B),
    new Color(0xC0395B),
    new Color(0x5F7C8A)
  };

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE, SeriesMarkers.DIAMOND, SeriesMarkers.SQUARE
  };

  /** Label for empty names, which plots reject. */
  private static final String NAMELESS = "unnamed";

  private static final Color GREY = new Color(0x777777);

  private static final BasicStroke DASHES =
      new BasicStroke(
          1f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10f, new float[] {4f, 4f}, 0f);

  private ChartStyle() {}

  /** The colour of a series, counted from 0; colours repeat after the last. */
  public static Color colour(int series) {
    return COLOURS[series % COLOURS.length];
  }

  /** The marker of a series; it changes each time the colours repeat. */
  static Marker marker(int series) {
    return MARKERS[series / COLOURS.length % MARKERS.length];
  }

  /** Makes a plot without series. */
  public static XYChart chart(String title, String xTitle, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(Markup.label(title))
            .xAxisTitle(Markup.label(xTitle))
            .yAxisTitle(Markup.label(yTitle))
            .build();
    apply(chart.getStyler());
    chart.getStyler().setXAxisMaxLabelCount(12);
    return chart;
  }

  /** Makes a plot of points over names instead of numbers, without series. */
  public static CategoryChart categoryChart(String title, String xTitle, String yTitle) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(Markup.label(title))
            .xAxisTitle(Markup.label(xTitle))
            .yAxisTitle(Markup.label(yTitle))
            .build();
    apply(chart.getStyler());
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
    return chart;
  }

  /**
   * A label for a name that is not taken yet, since a plot rejects two series with the same name.
   * From the second on, equal labels get a number.
   */
  static String unused(String name, Set<String> taken) {
    String label = name.isBlank() ? NAMELESS : Markup.label(name);
    String unused = label;
    for (int number = 2; taken.contains(unused); number++) {
      unused = label + " " + number;
    }
    return unused;
  }

  /** Labels for names, in order, all distinct. */
  public static List<String> labels(List<String> names) {
    Set<String> labels = new LinkedHashSet<>();
    names.forEach(name -> labels.add(unused(name, labels)));
    return List.copyOf(labels);
  }

  /** Applies the style that all kinds of plots share. */
  static void apply(AxesChartStyler style) {
    style.setLocale(Locale.ROOT);
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(new Color(0xE6E6E6));
    style.setPlotGridLinesStroke(new BasicStroke(1f));
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
  }

  /** Sets the colour and the marker of a series by its index, counted from 0. */
  public static void mark(XYSeries series, int number) {
    series.setLineColor(colour(number));
    series.setMarkerColor(colour(number));
    series.setMarker(marker(number));
  }

  static XYSeries line(XYChart chart, String name, List<Double> x, List<Double> y, Color colour) {
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
}
