package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * What a latent receives of the hidden state before it, z = g(h), before a position's embedding is
 * added:
 *
 * <pre>
 * identity     z = h                                           Coconut, arXiv 2412.06769
 * projection   z = LayerNorm(W₂ · gelu(W₁ · h + b₁) + b₂)      CODI, arXiv 2502.21074
 * scale        z = h · s / ‖h‖
 * </pre>
 *
 * <p>with W₁ [p, d] and W₂ [d, p], gelu with erf, a layer norm with scale and shift whatever the
 * model's norms are, and the Euclidean norm ‖h‖. s is a fixed number.
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
    /** The hidden state as it is. */
    IDENTITY,
    /** Two linear layers and a norm, which are trained. */
    PROJECTION,
    /** The hidden state's direction, with a fixed Euclidean norm. */
    SCALE
  }

  /** A latent is fed the hidden state as it is. */
  public static final ThoughtMapConfig IDENTITY = new ThoughtMapConfig(Kind.IDENTITY, 0, 0);

  /** Added to the variance in the projection's norm. */
  public static final double NORM_EPSILON = 1e-5;

  /** Added to the mean square that {@code scale} divides by, so that 0 stays 0. */
  public static final double SCALE_EPSILON = 1e-12;

  Kind kind;

  /** p of a projection, at least 1; 0 of other maps. */
  int projectionWidth;

  /** s of {@code scale}, above 0; 0 of other maps. */
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
        isProjection() ? "1 to " + most : "given with a projection alone",
        projectionWidth);
    boolean scales = this.kind == Kind.SCALE;
    require(
        scales ? scale > 0 && Double.isFinite(scale) : scale == 0,
        "thought_scale",
        scales ? "a finite number above 0" : "given with the map scale alone",
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
   * To a fixed Euclidean norm.
   *
   * @param norm s, above 0; the mean norm of the token table's rows, say
   * @throws IllegalArgumentException if it is out of range
   */
  public static ThoughtMapConfig scale(double norm) {
    return new ThoughtMapConfig(Kind.SCALE, 0, norm);
  }

  /** Whether latents are fed hidden states as they are. */
  public boolean isIdentity() {
    return kind == Kind.IDENTITY;
  }

  /** Whether there are parameters. */
  public boolean isProjection() {
    return kind == Kind.PROJECTION;
  }
}
