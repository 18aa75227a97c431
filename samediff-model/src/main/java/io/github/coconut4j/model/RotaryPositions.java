package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import java.util.Locale;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * Rotary position embeddings (Su et al. 2021, arXiv 2104.09864): the pair (x[j], x[j + s/2]) of a
 * head's query or key with s values is rotated by the angle {@code position · frequency[j]}.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
public class RotaryPositions {

  /** How the frequencies are computed from {@code theta}. */
  public enum Scaling {
    /** theta^(-2j/s). */
    DEFAULT,
    /** The default frequencies divided by {@code factor}. */
    LINEAR,
    /**
     * Low frequencies are divided by {@code factor}, as Llama 3.1 extends its context. With u the
     * turns in {@code originalPositions}, the share k = clamp((u - low) / (high - low), 0, 1) of a
     * frequency stays unchanged, and the share 1 - k is divided.
     */
    LLAMA3
  }

  /** Base of the frequencies, above 0. */
  double theta;

  /** How the frequencies are scaled. */
  Scaling scaling;

  /** Divisor of the frequencies, above 0; 1 for {@link Scaling#DEFAULT}. */
  double factor;

  /** Number of turns up to which {@link Scaling#LLAMA3} divides a frequency completely. */
  double lowFrequencyFactor;

  /**
   * Number of turns from which it leaves a frequency unchanged; above {@code lowFrequencyFactor}.
   */
  double highFrequencyFactor;

  /** Positions that the model was first trained with; only for {@link Scaling#LLAMA3}. */
  int originalPositions;

  /** Called by the builder; checks the ranges. */
  private RotaryPositions(
      double theta,
      Scaling scaling,
      double factor,
      double lowFrequencyFactor,
      double highFrequencyFactor,
      int originalPositions) {
    this.theta = theta;
    this.scaling = scaling == null ? Scaling.DEFAULT : scaling;
    this.factor = this.scaling == Scaling.DEFAULT ? 1 : factor;
    boolean llama3 = this.scaling == Scaling.LLAMA3;
    this.lowFrequencyFactor = llama3 ? lowFrequencyFactor : 0;
    this.highFrequencyFactor = llama3 ? highFrequencyFactor : 0;
    this.originalPositions = llama3 ? originalPositions : 0;
    requireAbove("rope_theta", theta, 0);
    requireAbove("factor of the rotary positions", this.factor, 0);
    if (llama3) {
      requireAbove("low_freq_factor", lowFrequencyFactor, 0);
      requireAbove("high_freq_factor", highFrequencyFactor, lowFrequencyFactor);
      requireAbove("original_max_position_embeddings", originalPositions, 0);
    }
  }

  private static void requireAbove(String key, double value, double bound) {
    if (!(value > bound) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s must be above %s, but is %s", key, bound, value));
    }
  }

  /** Frequencies without scaling. */
  public static RotaryPositions of(double theta) {
    return builder().theta(theta).build();
  }

  /**
   * The angle by which one step rotates each pair of a head.
   *
   * @param headSize s, even
   * @return radians [s/2]
   */
  public double[] frequencies(int headSize) {
    double[] frequencies = new double[headSize / 2];
    for (int j = 0; j < frequencies.length; j++) {
      double frequency = Math.pow(theta, -2.0 * j / headSize);
      double kept = keptShare(frequency);
      frequencies[j] = kept * frequency + (1 - kept) * frequency / factor;
    }
    return frequencies;
  }

  /** The share of a frequency that is not divided. */
  private double keptShare(double frequency) {
    return switch (scaling) {
      case DEFAULT -> 1;
      case LINEAR -> 0;
      case LLAMA3 -> {
        double turns = originalPositions * frequency / (2 * Math.PI);
        double share = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
        yield Math.min(1, Math.max(0, share));
      }
    };
  }
}
