package io.github.coconut4j.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * The costs of a latent and of a token, in milliseconds; slopes by least squares over the whole
 * curve.
 *
 * @param part of the work, {@code forward} or {@code step}
 * @param latent a latent more
 * @param positionPass a pass more over one position, the columns being the same: a latent in the
 *     place of a token
 * @param token a token of the question more, in the pass that reads it
 * @param questionPass a pass over the whole question
 */
record LatentCost(
    String shape,
    String part,
    @JsonProperty("latent_ms") double latent,
    @JsonProperty("position_pass_ms") double positionPass,
    @JsonProperty("token_ms") double token,
    @JsonProperty("question_pass_ms") double questionPass) {

  /** The costs of a loss and of a training step. */
  static List<LatentCost> of(List<CurvePoint> points) {
    return List.of(
        of(points, "forward", CurvePoint::forward), of(points, "step", CurvePoint::step));
  }

  private static LatentCost of(
      List<CurvePoint> points, String part, ToDoubleFunction<CurvePoint> cost) {
    return new LatentCost(
        points.get(0).shape(),
        part,
        slope(points, Curve.LATENTS, cost),
        slope(points, Curve.LATENTS_FOR_TOKENS, cost),
        slope(points, Curve.QUESTION, cost),
        points.stream()
            .filter(point -> point.curve() == Curve.QUESTION_PASS)
            .mapToDouble(cost)
            .findFirst()
            .orElseThrow());
  }

  private static double slope(
      List<CurvePoint> points, Curve curve, ToDoubleFunction<CurvePoint> cost) {
    SimpleRegression line = new SimpleRegression();
    points.stream()
        .filter(point -> point.curve() == curve)
        .forEach(point -> line.addData(point.value(), cost.applyAsDouble(point)));
    return line.getSlope();
  }
}
