package io.github.coconut4j.tuning.space;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.distribution.LogUniformDistribution;
import org.deeplearning4j.arbiter.optimize.parameter.FixedValue;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;

/**
 * Reads spaces from YAML.
 *
 * <pre>
 * space:
 *   c_thought: {integer: [1, 2]}              both ends included
 *   weight_decay: {uniform: [0, 0.1]}
 *   lr: {log_uniform: [1.0e-4, 3.0e-3]}
 *   batch_size_training: {discrete: [32, 64]}
 *   augment: {fixed: true}
 * </pre>
 */
public final class SpaceReader {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Arbiter adds both ends of a range as ints, and samples outside of it if the sum overflows. */
  private static final int MOST = 1_000_000_000;

  private SpaceReader() {}

  /**
   * Reads the section {@code space}.
   *
   * @param base the keys that are the same for all candidates
   * @throws ConfigException if a key or a kind is unknown, or bounds are invalid
   */
  public static TrainingConfigSpace read(ConfigFile base, JsonNode section) {
    if (!(section instanceof ObjectNode keys) || keys.isEmpty()) {
      throw new ConfigException(
          "`search.space` needs a mapping of keys to what is searched but is "
              + section
              + ". Write, say, `space: {c_thought: {integer: [1, 2]}}`.");
    }
    TrainingConfigSpace.TrainingConfigSpaceBuilder space = TrainingConfigSpace.builder().base(base);
    for (Map.Entry<String, JsonNode> entry : keys.properties()) {
      space.parameter(entry.getKey(), parameter(entry.getKey(), entry.getValue()));
    }
    return space.build();
  }

  private static ParameterSpace<?> parameter(String key, JsonNode node) {
    if (!(node instanceof ObjectNode kinds) || kinds.size() != 1) {
      throw invalid(key, "one of integer, uniform, log_uniform, discrete, fixed", node);
    }
    Map.Entry<String, JsonNode> kind = kinds.properties().iterator().next();
    JsonNode values = kind.getValue();
    return switch (kind.getKey()) {
      case "integer" -> integer(key, values);
      case "uniform", "continuous" -> {
        List<Double> bounds = bounds(key, values);
        yield new ContinuousParameterSpace(bounds.get(0), bounds.get(1));
      }
      case "log_uniform" -> logUniform(key, values);
      case "discrete" -> discrete(key, values);
      case "fixed" -> new FixedValue<>(plain(values));
      default -> throw invalid(key, "one of integer, uniform, log_uniform, discrete, fixed", node);
    };
  }

  private static ParameterSpace<?> integer(String key, JsonNode values) {
    boolean pair = values instanceof ArrayNode && values.size() == 2;
    boolean integers = pair && values.get(0).isInt() && values.get(1).isInt();
    if (!integers || values.get(0).intValue() > values.get(1).intValue()) {
      throw invalid(key, "two whole numbers, the smaller first,", values);
    }
    if (values.get(0).intValue() < -MOST || values.get(1).intValue() > MOST) {
      throw invalid(key, "two whole numbers from -" + MOST + " to " + MOST, values);
    }
    return new IntegerParameterSpace(values.get(0).intValue(), values.get(1).intValue());
  }

  private static ParameterSpace<?> logUniform(String key, JsonNode values) {
    List<Double> bounds = bounds(key, values);
    if (!(bounds.get(0) > 0)) {
      throw invalid(key, "two numbers above 0", values);
    }
    return new ContinuousParameterSpace(new LogUniformDistribution(bounds.get(0), bounds.get(1)));
  }

  private static ParameterSpace<?> discrete(String key, JsonNode values) {
    if (!(values instanceof ArrayNode) || values.isEmpty()) {
      throw invalid(key, "a list of at least one value", values);
    }
    List<Object> choices = new ArrayList<>();
    List<Object> different = new ArrayList<>();
    for (JsonNode value : values) {
      Object compared =
          value.isNumber() ? (Object) value.decimalValue().stripTrailingZeros() : value;
      if (different.contains(compared)) {
        throw invalid(key, "a list of different values", values);
      }
      different.add(compared);
      choices.add(plain(value));
    }
    return new DiscreteParameterSpace<>(choices);
  }

  private static List<Double> bounds(String key, JsonNode values) {
    List<Double> bounds = new ArrayList<>();
    values.forEach(value -> bounds.add(number(value)));
    boolean valid =
        values instanceof ArrayNode && bounds.size() == 2 && bounds.get(0) < bounds.get(1);
    if (!valid || !Double.isFinite(bounds.get(1) - bounds.get(0))) {
      throw invalid(key, "two numbers, the smaller first,", values);
    }
    return bounds;
  }

  /** YAML 1.1 reads {@code 1e-4} as text. */
  private static double number(JsonNode value) {
    return value.isNumber() || value.isTextual() ? value.asDouble(Double.NaN) : Double.NaN;
  }

  private static Object plain(JsonNode value) {
    try {
      return JSON.treeToValue(value, Object.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ConfigException invalid(String key, String requirement, JsonNode found) {
    return ConfigException.of(
        "search.space." + key, requirement, found, "Write, say, `" + key + ": {integer: [1, 2]}`.");
  }
}
