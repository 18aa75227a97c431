package io.github.coconut4j.benchmarks;

import io.github.coconut4j.files.AtomicFile;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/** A PNG image for each curve that has more than one point. */
final class CurveCharts {

  private static final int WIDTH = 800;
  private static final int HEIGHT = 500;

  private CurveCharts() {}

  /** Writes {@code latents.png} and so on into a directory, which is made where it is missing. */
  static void write(List<CurvePoint> points, Path directory) throws IOException {
    for (Curve curve : Curve.values()) {
      List<CurvePoint> own = points.stream().filter(point -> point.curve() == curve).toList();
      if (own.size() > 1) {
        AtomicFile.write(
            directory.resolve(curve + ".png"),
            BitmapEncoder.getBitmapBytes(chart(curve, own), BitmapFormat.PNG));
      }
    }
  }

  private static XYChart chart(Curve curve, List<CurvePoint> points) {
    CurvePoint first = points.get(0);
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(String.format(Locale.ROOT, "%s, %d threads", first.shape(), first.threads()))
            .xAxisTitle(curve.quantity())
            .yAxisTitle("milliseconds")
            .build();
    chart.getStyler().setLocale(Locale.ROOT);
    chart.getStyler().setYAxisMin(0.0).setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal).setChartBackgroundColor(Color.WHITE);
    add(chart, "step", points, CurvePoint::step);
    add(chart, "forward and backward", points, CurvePoint::gradients);
    add(chart, "forward", points, CurvePoint::forward);
    add(chart, "AdamW", points, CurvePoint::update);
    return chart;
  }

  private static void add(
      XYChart chart, String name, List<CurvePoint> points, ToDoubleFunction<CurvePoint> cost) {
    chart.addSeries(
        name,
        points.stream().mapToDouble(CurvePoint::value).toArray(),
        points.stream().mapToDouble(cost).toArray());
  }
}
