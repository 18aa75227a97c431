package io.github.coconut4j.model.plainjava;

import io.github.coconut4j.model.Activation;

/** Activations and their slopes, the error function by its series. */
public final class PlainJavaActivation {

  private static final double GELU = Math.sqrt(2 / Math.PI);

  private PlainJavaActivation() {}

  /** f(x). */
  public static double value(Activation f, double x) {
    return switch (f) {
      case GELU_NEW, GELU_PYTORCH_TANH -> 0.5 * x * (1 + Math.tanh(inner(x)));
      case GELU -> x * normal(x);
      case RELU -> Math.max(x, 0);
      case SILU -> x / (1 + Math.exp(-x));
    };
  }

  static double slope(Activation f, double x) {
    return switch (f) {
      case GELU_NEW, GELU_PYTORCH_TANH -> {
        double tanh = Math.tanh(inner(x));
        double slope = GELU * (1 + 3 * 0.044715 * x * x);
        yield 0.5 * (1 + tanh + x * (1 - tanh * tanh) * slope);
      }
      case GELU -> normal(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
      case RELU -> x > 0 ? 1 : 0;
      case SILU -> {
        double sigmoid = 1 / (1 + Math.exp(-x));
        yield sigmoid * (1 + x * (1 - sigmoid));
      }
    };
  }

  private static double inner(double x) {
    return GELU * (x + 0.044715 * x * x * x);
  }

  /** The normal distribution's function: 1/2 + density · (x + x³/3 + x⁵/15 + …). */
  private static double normal(double x) {
    if (Math.abs(x) > 8) {
      return x > 0 ? 1 : 0;
    }
    double term = x;
    double sum = x;
    for (int i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) {
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}
