package io.github.coconut4j.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.internal.chartpart.Chart;

/** Renders a plot as SVG: a file, or a data URI, so that a page needs no other file. */
public final class SvgImage {

  private SvgImage() {}

  /** The plot as SVG in a data URI. */
  public static String of(Chart<?, ?> chart) throws IOException {
    return of(svg(chart));
  }

  static String of(byte[] svg) {
    return "data:image/svg+xml;base64," + Base64.getEncoder().encodeToString(svg);
  }

  /** The plot as an SVG file. */
  public static byte[] svg(Chart<?, ?> chart) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(chart, bytes, VectorGraphicsFormat.SVG);
    return bytes.toByteArray();
  }
}
