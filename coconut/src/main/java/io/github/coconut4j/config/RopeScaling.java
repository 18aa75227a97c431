package io.github.coconut4j.config;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.RotaryPositions.Scaling;
import java.io.Serializable;
import java.util.Locale;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The scaling of rotary positions: the mapping {@code rope_scaling}, with the keys of {@code
 * config.json}. Building one throws a {@link ConfigException} if it lacks a key of its type, or has
 * a key of another type.
 */
@Value
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
public class RopeScaling implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final String KEY = "rope_scaling.";

  /** Type of the scaling; required. */
  Scaling ropeType;

  /** Divisor of the frequencies, above 0; null for {@link Scaling#DEFAULT}. */
  Double factor;

  /**
   * Number of turns up to which a frequency is divided completely; only for {@link Scaling#LLAMA3};
   * above 0.
   */
  Double lowFreqFactor;

  /** Number of turns from which it is unchanged; only for the same; above {@code lowFreqFactor}. */
  Double highFreqFactor;

  /** Number of positions in which turns are counted; only for the same; at least 1. */
  Integer originalMaxPositionEmbeddings;

  /** Called by the builder; checks the values. */
  private RopeScaling(
      Scaling ropeType,
      Double factor,
      Double lowFreqFactor,
      Double highFreqFactor,
      Integer originalMaxPositionEmbeddings) {
    this.ropeType = ropeType;
    this.factor = factor;
    this.lowFreqFactor = lowFreqFactor;
    this.highFreqFactor = highFreqFactor;
    this.originalMaxPositionEmbeddings = originalMaxPositionEmbeddings;
    if (ropeType == null) {
      throw new ConfigException(
          "`" + KEY + "rope_type` is missing. Set it to default, linear or llama3.");
    }
    boolean llama3 = ropeType == Scaling.LLAMA3;
    require("factor", factor, ropeType != Scaling.DEFAULT);
    require("low_freq_factor", lowFreqFactor, llama3);
    require("high_freq_factor", highFreqFactor, llama3);
    require("original_max_position_embeddings", originalMaxPositionEmbeddings, llama3);
  }

  private void require(String key, Object value, boolean needed) {
    String type = ropeType.name().toLowerCase(Locale.ROOT);
    if (needed && value == null) {
      throw new ConfigException(
          "`%s%s` is missing, which `rope_type: %s` needs. Set it.".formatted(KEY, key, type));
    }
    if (!needed && value != null) {
      throw new ConfigException(
          "`%s%s` is no key of `rope_type: %s`. Remove it.".formatted(KEY, key, type));
    }
  }

  /**
   * The rotary positions with this scaling.
   *
   * @param theta base of the frequencies
   * @throws IllegalArgumentException if a number is out of its range
   */
  RotaryPositions positions(double theta) {
    RotaryPositions.RotaryPositionsBuilder positions =
        RotaryPositions.builder().theta(theta).scaling(ropeType);
    if (ropeType != Scaling.DEFAULT) {
      positions.factor(factor);
    }
    if (ropeType == Scaling.LLAMA3) {
      positions
          .lowFrequencyFactor(lowFreqFactor)
          .highFrequencyFactor(highFreqFactor)
          .originalPositions(originalMaxPositionEmbeddings);
    }
    return positions.build();
  }
}
