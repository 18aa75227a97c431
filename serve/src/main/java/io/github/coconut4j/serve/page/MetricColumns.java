package io.github.coconut4j.serve.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.json.JsonLines;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.StreamSupport;

/**
 * The numbers in lines of {@code metrics.jsonl}, as columns; if there are many lines, they are
 * sampled.
 */
final class MetricColumns {

  private static final int MOST_POINTS = 1500;

  private final List<Map<String, Object>> updates = new ArrayList<>();
  private final List<Map<String, Object>> evaluations = new ArrayList<>();

  /** Number of lines that are not JSON objects. */
  private int damaged;

  /**
   * Reads lines; lines that are not JSON objects are left out, since the page must show the rest.
   */
  static MetricColumns of(String lines) {
    MetricColumns read = new MetricColumns();
    for (JsonLines.Line line : JsonLines.of(lines)) {
      try {
        read.add(line.tree());
      } catch (JsonProcessingException e) {
        read.damaged++;
      }
    }
    return read;
  }

  private void add(JsonNode node) {
    if (!node.isObject()) {
      damaged++;
      return;
    }
    Map<String, Object> numbers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      JsonNode value = field.getValue();
      if (value.isNumber()) {
        numbers.put(field.getKey(), value.numberValue());
      } else if (value.isArray()) {
        mean(value).ifPresent(mean -> numbers.put(field.getKey(), mean));
      } else if (field.getKey().equals("time")) {
        numbers.put("time", value.asText());
      }
    }
    (node.has("eval_accuracy") ? evaluations : updates).add(numbers);
  }

  /**
   * Metrics per latent are shown as the mean of their numbers; null stands for a latent without a
   * value, such as the cosine of the first with the one before.
   */
  private static OptionalDouble mean(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .filter(JsonNode::isNumber)
        .mapToDouble(JsonNode::doubleValue)
        .average();
  }

  /** The columns of updates and evaluations. */
  Map<String, Object> columns() {
    return Map.of(
        "updates", thinned(updates), "evaluations", thinned(evaluations), "damaged", damaged);
  }

  private static List<Map<String, Object>> thinned(List<Map<String, Object>> lines) {
    if (lines.size() <= MOST_POINTS) {
      return lines;
    }
    List<Map<String, Object>> kept = new ArrayList<>();
    double stride = (double) lines.size() / MOST_POINTS;
    for (int i = 1; i <= MOST_POINTS; i++) {
      kept.add(lines.get((int) Math.round(i * stride) - 1));
    }
    return kept;
  }
}
