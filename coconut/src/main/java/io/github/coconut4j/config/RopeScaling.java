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
 * How rotary positions are scaled: the mapping {@code rope_scaling}, as {@code config.json} spells
 * it. Building one throws a {@link ConfigException} if it lacks a key of its type, or has
 * another's.
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

  /** Which frequencies are divided; required. */
  Scaling ropeType;

  /** Divides them, above 0; null for {@link Scaling#DEFAULT}. */
  Double factor;

  /** Turns up to which a frequency is divided as a whole, of {@link Scaling#LLAMA3}; above 0. */
  Double lowFreqFactor;

  /** Turns from which it stays as it is, of the same; above {@code lowFreqFactor}. */
  Double highFreqFactor;

  /** Positions in which turns are counted, of the same; at least 1. */
  Integer originalMaxPositionEmbeddings;

  /** Called by the builder. */
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
   * The positions.
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
