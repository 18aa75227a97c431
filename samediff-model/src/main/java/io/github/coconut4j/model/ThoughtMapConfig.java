package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The map from the previous hidden state to the input of a latent, z = g(h), before the position
 * embedding is added:
 *
 * <pre>
 * identity     z = h                                           Coconut, arXiv 2412.06769
 * projection   z = LayerNorm(W₂ · gelu(W₁ · h + b₁) + b₂)      CODI, arXiv 2502.21074
 * scale        z = h · s / ‖h‖
 * </pre>
 *
 * <p>with W₁ [p, d] and W₂ [d, p], gelu with erf, a layer norm with scale and shift independent of
 * the model's kind of norm, and the Euclidean norm ‖h‖. s is a fixed number.
 *
 * <p>Legend: d width of hidden states, p width of the projection.
 */
@Value
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
public class ThoughtMapConfig {

  /** The kinds of maps. */
  public enum Kind {
    /** The unchanged hidden state. */
    IDENTITY,
    /** Two linear layers and a norm, all trained. */
    PROJECTION,
    /** The hidden state's direction, with a fixed Euclidean norm. */
    SCALE
  }

  /** The input of a latent is the unchanged hidden state. */
  public static final ThoughtMapConfig IDENTITY = new ThoughtMapConfig(Kind.IDENTITY, 0, 0);

  /** Added to the variance in the projection's norm. */
  public static final double NORM_EPSILON = 1e-5;

  /** Added to the mean square that {@code scale} divides by, so that 0 stays 0. */
  public static final double SCALE_EPSILON = 1e-12;

  Kind kind;

  /** p of a projection, at least 1; 0 for other maps. */
  int projectionWidth;

  /** s of {@code scale}, above 0; 0 for other maps. */
  double scale;

  @Builder
  @Jacksonized
  private ThoughtMapConfig(Kind kind, int projectionWidth, double scale) {
    this.kind = kind == null ? Kind.IDENTITY : kind;
    this.projectionWidth = projectionWidth;
    this.scale = scale;
    int most = Integer.MAX_VALUE / 4;
    require(
        isProjection() ? projectionWidth >= 1 && projectionWidth <= most : projectionWidth == 0,
        "projection_width",
        isProjection() ? "1 to " + most : "given only with a projection",
        projectionWidth);
    boolean scales = this.kind == Kind.SCALE;
    require(
        scales ? scale > 0 && Double.isFinite(scale) : scale == 0,
        "thought_scale",
        scales ? "a finite number above 0" : "given only with the map scale",
        scale);
  }

  private static void require(boolean holds, String key, String requirement, Object found) {
    if (!holds) {
      throw new IllegalArgumentException(key + " must be " + requirement + ", but is " + found);
    }
  }

  /**
   * A projection.
   *
   * @param width p, at least 1
   * @throws IllegalArgumentException if it is out of range
   */
  public static ThoughtMapConfig projection(int width) {
    return new ThoughtMapConfig(Kind.PROJECTION, width, 0);
  }

  /**
   * Scales hidden states to a fixed Euclidean norm.
   *
   * @param norm s, above 0, for example the mean norm of the token table's rows
   * @throws IllegalArgumentException if it is out of range
   */
  public static ThoughtMapConfig scale(double norm) {
    return new ThoughtMapConfig(Kind.SCALE, 0, norm);
  }

  /** Whether the input of latents is the unchanged hidden state. */
  public boolean isIdentity() {
    return kind == Kind.IDENTITY;
  }

  /** Whether the map has parameters. */
  public boolean isProjection() {
    return kind == Kind.PROJECTION;
  }
}
