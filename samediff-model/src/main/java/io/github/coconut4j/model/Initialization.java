package io.github.coconut4j.model;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Locale;
import lombok.Builder;
import lombok.Value;

/**
 * How the parameters of a new model are initialized. The default is GPT-2's, which suits wide
 * models. A narrow model trained from scratch learns to look facts up many times sooner from larger
 * values and positions that are initialized as sinusoids.
 */
@Value
public class Initialization {

  /**
   * How a model encodes positions: the initial values of its position table, or what it has
   * instead.
   */
  public enum Positions {
    /** Normal values, as in GPT-2. */
    NORMAL,
    /** Sines and cosines of decreasing frequencies (Vaswani et al. 2017, section 3.5), scaled. */
    SINUSOIDAL,
    /**
     * Sines and cosines of evenly spaced frequencies, scaled: positions less than the model's width
     * apart are orthogonal, and the step to the next position is the same rotation everywhere. A
     * head that attends to the previous token, the first step of looking a fact up, is learned
     * sooner than from decreasing frequencies, which make neighbouring positions similar.
     */
    ORTHOGONAL,
    /** No table: queries and keys are rotated, {@link RotaryPositions}. */
    ROTARY,
    /** No table: only causal attention tells the order of tokens. */
    NONE
  }

  /** Standard deviation of the linear layers' weights, at least 0. */
  double linearRange;

  /** Whether projections onto the residual stream are divided by sqrt(2 layers), as in GPT-2. */
  boolean residualScaled;

  /** Standard deviation of the token table, and scale of the position table; at least 0. */
  double embeddingRange;

  /** Initial values of the position table, if the model has one. */
  Positions positions;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a range is negative or not finite
   */
  @Builder(toBuilder = true)
  public Initialization(
      double linearRange, boolean residualScaled, double embeddingRange, Positions positions) {
    this.linearRange = checked("linear layers", linearRange);
    this.residualScaled = residualScaled;
    this.embeddingRange = checked("embeddings", embeddingRange);
    this.positions = positions;
  }

  /**
   * GPT-2's initialization: everything normal with the configuration's {@code initializer_range}.
   */
  public static Initialization gpt2(TransformerConfig config) {
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    return new Initialization(
        config.getInitializerRange(), true, config.getInitializerRange(), Positions.NORMAL);
  }

  private static double checked(String subject, double range) {
    if (!(range >= 0) || Double.isInfinite(range)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The initial range of the %s must be a finite number of at least 0, but is %s."
                  + " GPT-2's is 0.02.",
              subject,
              range));
    }
    return range;
  }
}
