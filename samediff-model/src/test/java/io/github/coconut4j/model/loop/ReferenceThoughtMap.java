package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.plainjava.PlainJavaActivation;
import java.util.Arrays;
import java.util.List;

/**
 * What a latent is fed of a hidden state, in plain double-precision loops.
 *
 * @param projection of a projection the values of {@code prj.1.weight}, {@code prj.1.bias}, {@code
 *     prj.3.weight}, {@code prj.3.bias}, {@code prj.ln.weight} and {@code prj.ln.bias}
 */
public record ReferenceThoughtMap(ThoughtMapConfig map, List<double[]> projection) {

  static final ReferenceThoughtMap IDENTITY =
      new ReferenceThoughtMap(ThoughtMapConfig.IDENTITY, List.of());

  /** z = g(h). */
  public double[] of(double[] h) {
    return switch (map.getKind()) {
      case IDENTITY -> h.clone();
      case SCALE -> {
        double norm = Math.sqrt(Arrays.stream(h).map(v -> v * v).sum());
        yield Arrays.stream(h).map(v -> v * map.getScale() / norm).toArray();
      }
      case PROJECTION -> {
        double[] up = affine(h, projection.get(0), projection.get(1));
        double[] gelu =
            Arrays.stream(up).map(u -> PlainJavaActivation.value(Activation.GELU, u)).toArray();
        yield norm(affine(gelu, projection.get(2), projection.get(3)));
      }
    };
  }

  /** y = W x + b, with W [out, in]. */
  private static double[] affine(double[] x, double[] weight, double[] bias) {
    double[] y = bias.clone();
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += weight[i * x.length + j] * x[j];
      }
    }
    return y;
  }

  private double[] norm(double[] y) {
    double mean = Arrays.stream(y).average().orElseThrow();
    double variance = Arrays.stream(y).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    double[] z = projection.get(5).clone();
    for (int i = 0; i < z.length; i++) {
      z[i] += (y[i] - mean) / Math.sqrt(variance + 1e-5) * projection.get(4)[i];
    }
    return z;
  }
}
