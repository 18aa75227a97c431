package io.github.coconut4j.tuning.space;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.FixedValue;

/**
 * Writes spaces as JSON in the format of {@link SpaceReader}, the section {@code space} of a
 * search's file. Arbiter's own JSON of a space names Java classes and contains fixed values as
 * serialized Java objects; this format is for people and for files from other sources.
 */
public final class SpaceWriter {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private SpaceWriter() {}

  /**
   * Writes the section of a space.
   *
   * @throws IllegalArgumentException if a key's space is of a kind that {@link SpaceReader} does
   *     not read
   */
  public static ObjectNode write(TrainingConfigSpace space) {
    Arguments.requireNonNull(space, "space", "Build a TrainingConfigSpace.");
    ObjectNode section = JSON.createObjectNode();
    for (String key : space.getNestedSpaces().keySet()) {
      section.set(key, write(key, space.getNestedSpaces().get(key)));
    }
    return section;
  }

  private static ObjectNode write(String key, ParameterSpace<?> space) {
    ObjectNode kind = JSON.createObjectNode();
    if (space instanceof FixedValue<?> fixed) {
      return kind.set("fixed", JSON.valueToTree(fixed.getValue()));
    }
    JsonNode arbiters = arbiters(key, space);
    if (arbiters.has("values")) {
      return kind.set("discrete", arbiters.get("values"));
    }
    JsonNode distribution = arbiters.path("distribution");
    return switch (distribution.path("distribution").asText()) {
      case "UniformIntegerDistribution" -> range(kind, "integer", distribution, "lower", "upper");
      case "UniformRealDistribution" -> range(kind, "uniform", distribution, "lower", "upper");
      case "LogUniformDistribution" -> range(kind, "log_uniform", distribution, "min", "max");
      default -> throw unknown(key, space, null);
    };
  }

  private static ObjectNode range(
      ObjectNode kind, String name, JsonNode distribution, String low, String high) {
    kind.putArray(name).add(distribution.get(low)).add(distribution.get(high));
    return kind;
  }

  /** Arbiter's own JSON of a space, which has no getters. */
  private static JsonNode arbiters(String key, ParameterSpace<?> space) {
    try {
      return JSON.readTree(
          org.deeplearning4j.arbiter.optimize.serde.jackson.JsonMapper.getMapper()
              .writeValueAsString(space));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    } catch (IOException e) { // from the Jackson inside ND4J: an unknown distribution
      throw unknown(key, space, e);
    }
  }

  private static IllegalArgumentException unknown(
      String key, ParameterSpace<?> space, Exception cause) {
    return new IllegalArgumentException(
        "`search.space.%s` needs to be a space of integers, a uniform or log-uniform range, a list or a fixed value to be written, but is %s. Use one of these, or keep it in Java."
            .formatted(key, space),
        cause);
  }
}
