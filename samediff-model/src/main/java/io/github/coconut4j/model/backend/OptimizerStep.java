package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Collection;
import java.util.List;
import lombok.Builder;
import lombok.Value;
import lombok.With;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * AdamW on a backend (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2), with PyTorch's place
 * of epsilon:
 *
 * <pre>
 * p = p (1 - lr decay)
 * m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g²
 * p = p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * <p>It serves one caller at a time.
 */
public interface OptimizerStep extends AutoCloseable {

  /**
   * One parameter with its gradient and moments, all of one type and shape.
   *
   * @param <T> an array, or a backend's reference to its values
   * @param values p, updated in place
   * @param gradient g, whose content may be overwritten
   * @param firstMoment m, updated in place
   * @param secondMoment v, updated in place
   */
  record Parameter<T>(T values, T gradient, T firstMoment, T secondMoment) {

    /**
     * Checks that nothing is null.
     *
     * @throws IllegalArgumentException if one is null
     */
    public Parameter {
      String remedy = "AdamW needs a parameter, its gradient and both moments.";
      Arguments.requireNonNull(values, "values", remedy);
      Arguments.requireNonNull(gradient, "gradient", remedy);
      Arguments.requireNonNull(firstMoment, "firstMoment", remedy);
      Arguments.requireNonNull(secondMoment, "secondMoment", remedy);
    }
  }

  /** The settings of one step of AdamW. */
  @Value
  @With
  @Builder
  class Settings {
    /** lr, at least 0. */
    double learningRate;

    /** Decay of the first moment, in [0, 1). */
    @Builder.Default double beta1 = 0.9;

    /** Decay of the second moment, in [0, 1). */
    @Builder.Default double beta2 = 0.999;

    /** Added to the square root of the second moment, at least 0. */
    @Builder.Default double epsilon = 1e-8;

    /** decay, at least 0. */
    double weightDecay;

    /** Factor that is applied to gradients first, for example for clipping; at least 0. */
    @Builder.Default double gradientFactor = 1;

    /** t, from 1. */
    @Builder.Default int step = 1;

    private Settings(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double gradientFactor,
        int step) {
      this.learningRate = atLeast0("learningRate", learningRate);
      this.beta1 = below1("beta1", beta1);
      this.beta2 = below1("beta2", beta2);
      this.epsilon = atLeast0("epsilon", epsilon);
      this.weightDecay = atLeast0("weightDecay", weightDecay);
      this.gradientFactor = atLeast0("gradientFactor", gradientFactor);
      this.step = step;
      require(step >= 1, "step", "at least 1", step);
    }

    private static double atLeast0(String name, double value) {
      require(value >= 0 && Double.isFinite(value), name, "finite and at least 0", value);
      return value;
    }

    private static double below1(String name, double value) {
      require(value >= 0 && value < 1, name, "at least 0 and below 1", value);
      return value;
    }

    private static void require(boolean holds, String name, String requirement, Number value) {
      if (!holds) {
        throw new IllegalArgumentException(
            "AdamW's %s must be %s, but is %s. Give a value in this range."
                .formatted(name, requirement, value));
      }
    }
  }

  /**
   * Updates all parameters and their moments.
   *
   * @throws IllegalArgumentException if an argument is null, or a gradient or moment has another
   *     type or shape than its parameter; nothing is updated then
   * @throws IllegalStateException if an array was closed
   */
  void adamW(List<Parameter<INDArray>> parameters, Settings settings);

  /**
   * The Euclidean norm of all gradients as one vector.
   *
   * @throws IllegalArgumentException if the collection or one of them is null
   * @throws IllegalStateException if one was closed
   */
  double norm(Collection<INDArray> gradients);

  @Override
  void close();
}
