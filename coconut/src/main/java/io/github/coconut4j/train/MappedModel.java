package io.github.coconut4j.train;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.ThoughtMapConfig.Kind;
import io.github.coconut4j.model.ThoughtProjection;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.file.Path;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import lombok.Value;

/** A run's model with the map of its thoughts: the start model's, or a new one. */
@Value
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
class MappedModel {

  TransformerConfig architecture;
  Weights weights;

  /** Makes a model from scratch. */
  static MappedModel fresh(TrainingConfig config, TransformerConfig plain, Weights weights) {
    ThoughtMapConfig map = map(config, ThoughtMapConfig.IDENTITY, plain, weights);
    TransformerConfig mapped = plain.toBuilder().thoughtMap(map).build();
    return new MappedModel(mapped, ThoughtProjection.initial(mapped, weights, config.getSeed()));
  }

  /**
   * Makes a model from a directory.
   *
   * @param plain architecture without the map that the directory may have
   * @throws ConfigException if the configuration requests a projection of another width
   * @throws IOException if a file cannot be read
   */
  static MappedModel of(
      TrainingConfig config, Path directory, TransformerConfig plain, Weights weights)
      throws IOException {
    ThoughtMapConfig start =
        CoconutConfig.find(directory, plain)
            .map(CoconutConfig::thoughtMapConfig)
            .orElse(ThoughtMapConfig.IDENTITY);
    ThoughtMapConfig map = map(config, start, plain, weights);
    TransformerConfig mapped = plain.toBuilder().thoughtMap(map).build();
    if (!start.isProjection()) {
      return new MappedModel(mapped, ThoughtProjection.initial(mapped, weights, config.getSeed()));
    }
    Path file = directory.resolve(ThoughtProjection.FILE);
    return new MappedModel(mapped, ThoughtProjection.read(file, mapped, weights));
  }

  /**
   * The map of a run.
   *
   * @param start the start model's map, which is the default
   */
  private static ThoughtMapConfig map(
      TrainingConfig config, ThoughtMapConfig start, TransformerConfig plain, Weights weights) {
    if (!config.getMethod().hasLatents()) {
      return ThoughtMapConfig.IDENTITY;
    }
    Kind kind = kind(config, start);
    if (kind == start.getKind()) {
      requireWidth(config, start);
      return start;
    }
    return switch (kind) {
      case IDENTITY -> ThoughtMapConfig.IDENTITY;
      case PROJECTION -> projection(config, plain);
      case SCALE ->
          ThoughtMapConfig.scale(
              weights.tokenTable().castTo(weights.type()).norm2(1).meanNumber().doubleValue());
    };
  }

  /** The requested kind, or else the start model's, or else CODI's projection. */
  private static Kind kind(TrainingConfig config, ThoughtMapConfig start) {
    if (config.getThoughtMap() != null) {
      return config.getThoughtMap();
    }
    boolean projects = start.isIdentity() && config.thoughtSettings().projectsThoughts();
    return projects ? Kind.PROJECTION : start.getKind();
  }

  /** A new projection. */
  static ThoughtMapConfig projection(TrainingConfig config, TransformerConfig plain) {
    Integer width = config.getProjectionWidth();
    return ThoughtMapConfig.projection(width == null ? plain.getNEmbd() : width);
  }

  private static void requireWidth(TrainingConfig config, ThoughtMapConfig start) {
    Integer width = config.getProjectionWidth();
    if (width != null && width != start.getProjectionWidth()) {
      throw ConfigException.of(
          "projection_width",
          "that of the start model's projection, " + start.getProjectionWidth() + ",",
          width,
          "Leave it out.");
    }
  }
}
