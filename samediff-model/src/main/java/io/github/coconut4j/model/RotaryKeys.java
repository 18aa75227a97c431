package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.RotaryPositions.Scaling;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The keys for rotary positions in a {@code config.json}: {@code rope_parameters}, or the older
 * {@code rope_scaling} and {@code rope_theta}.
 */
final class RotaryKeys {

  private static final String NEW = "rope_parameters";
  private static final String OLD = "rope_scaling";
  private static final String THETA = "rope_theta";
  private static final String PARTIAL = "partial_rotary_factor";

  private static final double DEFAULT_THETA = 10_000;

  /** The whole file; {@code parameters} is one of its objects, or missing. */
  private final ObjectNode json;

  private final String key;
  private final JsonNode parameters;

  private RotaryKeys(ObjectNode json, String key) {
    this.json = json;
    this.key = key;
    parameters = json.path(key);
    if (isGiven(parameters) && !parameters.isObject()) {
      throw new IllegalArgumentException(key + " must be an object or null, but is " + parameters);
    }
  }

  /**
   * Reads the keys, with the defaults of Hugging Face's library.
   *
   * @throws IllegalArgumentException if they contradict each other or describe an unsupported
   *     variant; the message names the key
   */
  static RotaryPositions read(ObjectNode json) {
    requireWholeHeads(json.path(PARTIAL));
    RotaryKeys fresh = new RotaryKeys(json, NEW);
    RotaryKeys old = new RotaryKeys(json, OLD);
    if (!fresh.hasParameters()) {
      return old.positions();
    }
    RotaryPositions positions = fresh.positions();
    fresh.requireSameTheta();
    // Versions of the library differ in which of the two takes precedence.
    if (old.hasParameters() && !old.positions().equals(positions)) {
      throw new IllegalArgumentException(
          OLD
              + " must be what "
              + NEW
              + " says, "
              + fresh.parameters
              + ", but is "
              + old.parameters);
    }
    return positions;
  }

  private static void requireWholeHeads(JsonNode partial) {
    if (isGiven(partial) && partial.asDouble() != 1) {
      throw new IllegalArgumentException(
          PARTIAL + " must be 1, as all of a head is rotated here, but is " + partial);
    }
  }

  private boolean hasParameters() {
    return !parameters.isEmpty();
  }

  private void requireSameTheta() {
    JsonNode other = json.path(THETA);
    if (isGiven(other) && number(THETA, other) != theta()) {
      throw new IllegalArgumentException(
          THETA + " must be that of " + key + ", " + theta() + ", but is " + other);
    }
  }

  private double theta() {
    JsonNode own = parameters.path(THETA);
    JsonNode theta = isGiven(own) ? own : json.path(THETA);
    return theta.isMissingNode() ? DEFAULT_THETA : number(THETA, theta);
  }

  private RotaryPositions positions() {
    requireWholeHeads(parameters.path(PARTIAL));
    requireOneOfAllLayers();
    Scaling scaling = scaling();
    RotaryPositions.RotaryPositionsBuilder positions =
        RotaryPositions.builder().theta(theta()).scaling(scaling);
    if (scaling != Scaling.DEFAULT) {
      positions.factor(number("factor"));
    }
    if (scaling == Scaling.LLAMA3) {
      positions
          .lowFrequencyFactor(number("low_freq_factor"))
          .highFrequencyFactor(number("high_freq_factor"))
          .originalPositions(originalPositions());
    }
    return positions.build();
  }

  /** Other families have separate parameters per layer type. */
  private void requireOneOfAllLayers() {
    for (Map.Entry<String, JsonNode> parameter : parameters.properties()) {
      if (parameter.getValue().isObject()) {
        throw new IllegalArgumentException(
            key
                + " must be the parameters of all layers, as they have the same, but is "
                + parameters);
      }
    }
  }

  private Scaling scaling() {
    JsonNode type = parameters.path("rope_type");
    type = isGiven(type) ? type : parameters.path("type");
    boolean scales = parameters.properties().stream().anyMatch(each -> !isUnscaled(each.getKey()));
    String name = isGiven(type) || scales ? type.asText() : "default";
    return switch (name) {
      case "default" -> Scaling.DEFAULT;
      case "linear" -> Scaling.LINEAR;
      case "llama3" -> Scaling.LLAMA3;
      default ->
          throw new IllegalArgumentException(
              "rope_type of " + key + " must be default, linear or llama3, but is " + shown(type));
    };
  }

  /** Whether a key does not concern the scaling of frequencies. */
  private static boolean isUnscaled(String key) {
    return Set.of("rope_type", "type", THETA, PARTIAL).contains(key);
  }

  private int originalPositions() {
    String name = "original_max_position_embeddings";
    JsonNode value = isGiven(parameters.path(name)) ? parameters.path(name) : json.path(name);
    if (!value.isInt()) {
      throw new IllegalArgumentException(
          name + " of " + key + " must be a whole number, but is " + shown(value));
    }
    return value.intValue();
  }

  private double number(String name) {
    return number(name + " of " + key, parameters.path(name));
  }

  private static double number(String name, JsonNode value) {
    if (!value.isNumber()) {
      throw new IllegalArgumentException(name + " must be a number, but is " + shown(value));
    }
    return value.doubleValue();
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "not given" : value.toString();
  }

  private static boolean isGiven(JsonNode value) {
    return !value.isMissingNode() && !value.isNull();
  }

  /** Writes both spellings: programs read the new one since 2026, the old one before. */
  static void write(RotaryPositions rotary, ObjectNode json) {
    json.put(THETA, rotary.getTheta());
    ObjectNode parameters = json.objectNode();
    parameters.put("rope_type", rotary.getScaling().name().toLowerCase(Locale.ROOT));
    if (rotary.getScaling() != Scaling.DEFAULT) {
      parameters.put("factor", rotary.getFactor());
    }
    if (rotary.getScaling() == Scaling.LLAMA3) {
      parameters.put("low_freq_factor", rotary.getLowFrequencyFactor());
      parameters.put("high_freq_factor", rotary.getHighFrequencyFactor());
      parameters.put("original_max_position_embeddings", rotary.getOriginalPositions());
    }
    boolean isDefault = rotary.getScaling() == Scaling.DEFAULT;
    json.set(OLD, isDefault ? NullNode.instance : parameters.deepCopy());
    parameters.put(THETA, rotary.getTheta());
    json.set(NEW, parameters);
  }
}
