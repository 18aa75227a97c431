package io.github.coconut4j.tuning.report;

import io.github.coconut4j.report.Markup;
import io.github.coconut4j.tuning.record.CandidateRecord;
import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Parallel coordinates (Inselberg, 1985) as SVG: one line per candidate across one axis per
 * searched key, with the score last. Good scores have warm colours, bad ones cold.
 */
public final class ParallelCoordinates {

  private static final int WIDTH = 880;
  private static final int HEIGHT = 320;
  private static final int MARGIN = 50;
  private static final String SCORE = "score";

  private final List<CandidateRecord> candidates;
  private final List<Axis> axes;
  private final boolean minimize;

  /**
   * Makes a plot of some candidates.
   *
   * @param candidates candidates with a score, at least one
   * @param axes one axis for each key that is shown
   * @param minimize whether lower scores are better
   */
  public ParallelCoordinates(List<CandidateRecord> candidates, List<Axis> axes, boolean minimize) {
    this.candidates = candidates;
    this.axes = axes;
    this.minimize = minimize;
  }

  /** An SVG element for embedding in a page. */
  public String svg() {
    List<Axis> all = Stream.concat(axes.stream(), Stream.of(score())).toList();
    StringBuilder svg =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                    + " aria-label=\"Parallel coordinates\" font-family=\"sans-serif\""
                    + " font-size=\"11\">\n",
                WIDTH,
                HEIGHT));
    candidates.forEach(candidate -> svg.append(line(candidate, all)));
    for (int i = 0; i < all.size(); i++) {
      svg.append(axis(all.get(i), x(i, all.size())));
    }
    return svg.append("</svg>\n").toString();
  }

  private Axis score() {
    double[] scores = candidates.stream().mapToDouble(CandidateRecord::getScore).sorted().toArray();
    return new Axis(SCORE, List.of(), scores[0], scores[scores.length - 1]);
  }

  private static double x(int axis, int count) {
    return MARGIN + axis * (WIDTH - 2.0 * MARGIN) / Math.max(1, count - 1);
  }

  private static double y(double share) {
    return HEIGHT - MARGIN - share * (HEIGHT - 2.0 * MARGIN);
  }

  private String line(CandidateRecord candidate, List<Axis> all) {
    List<String> points = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (i < axes.size() && !axes.get(i).has(candidate)) {
        continue;
      }
      points.add(
          String.format(
              Locale.ROOT,
              "%.1f,%.1f",
              x(i, all.size()),
              y(all.get(i).share(value(candidate, i)))));
    }
    double good = all.get(all.size() - 1).share(candidate.getScore());
    return "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\"><title>%s</title></polyline>\n"
        .formatted(
            String.join(" ", points),
            colour(minimize ? 1 - good : good),
            Markup.escaped("candidate " + candidate.getCandidate()));
  }

  private Object value(CandidateRecord candidate, int axis) {
    return axis == axes.size()
        ? candidate.getScore()
        : candidate.getParameters().get(axes.get(axis).getKey());
  }

  /** Hue from blue, 240 degrees, to red, 0. */
  private static String colour(double good) {
    int rgb = Color.HSBtoRGB((float) ((1 - good) * 240 / 360), 0.75f, 0.8f) & 0xFFFFFF;
    return String.format(Locale.ROOT, "#%06x", rgb);
  }

  private static String axis(Axis axis, double x) {
    StringBuilder drawn = new StringBuilder();
    drawn.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\" stroke=\"#777\"/>\n",
            x,
            MARGIN,
            HEIGHT - MARGIN));
    drawn.append(text(x, MARGIN / 2.0 - 4, axis.getKey(), "bold"));
    if (axis.getCategories().isEmpty()) {
      drawn.append(text(x, y(1) - 6, number(axis.getHigh()), "normal"));
      drawn.append(text(x, y(0) + 16, number(axis.getLow()), "normal"));
    } else {
      for (String category : axis.getCategories()) {
        drawn.append(text(x, y(axis.share(category)) + 4, category, "normal"));
      }
    }
    return drawn.toString();
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.3g", value);
  }

  private static String text(double x, double y, String text, String weight) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-weight=\"%s\">%s</text>\n",
        x,
        y,
        weight,
        Markup.escaped(Markup.label(text)));
  }
}
