package io.github.coconut4j.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.JsonFault;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.Event;

/** Reads YAML text with its aliases and its merge keys ({@code <<: *defaults}) resolved. */
final class YamlTree {

  private static final String MERGE = "<<";

  private static final ObjectReader DOCUMENT =
      ConfigMappers.YAML.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private YamlTree() {}

  /**
   * Reads YAML text.
   *
   * @return a missing node for an empty text
   * @throws ConfigException if it is not YAML or more than one document, with the line; the message
   *     continues after the text's name
   */
  static JsonNode parse(String yaml) {
    try (JsonParser parser = ConfigMappers.YAML.createParser(yaml)) {
      JsonNode root = DOCUMENT.readTree(parser);
      if (parser.nextToken() != null) {
        throw new ConfigException(
            "needs to be one YAML document but has another at line "
                + parser.currentTokenLocation().getLineNr()
                + ". Keep one of them.");
      }
      return root == null ? MissingNode.getInstance() : merged(root);
    } catch (JsonProcessingException e) {
      throw invalid(e.getLocation(), problem(e), e);
    } catch (YAMLException e) {
      throw invalid(null, e.getMessage(), e);
    } catch (IOException e) {
      throw new IllegalStateException("A text in memory can be read", e);
    }
  }

  /** Whether a text that {@link #parse} reads ends with a comment, or is nothing else. */
  static boolean endsWithComment(String yaml) {
    if (yaml.indexOf('#') < 0) {
      return false;
    }
    int end = 0;
    for (Event event : new Yaml().parse(new StringReader(yaml))) {
      int to = event.getEndMark().getIndex();
      if (event.getStartMark().getIndex() < to) { // the ends of blocks and texts have no length
        end = to;
      }
    }
    return yaml.substring(yaml.offsetByCodePoints(0, end)).strip().startsWith("#");
  }

  private static ConfigException invalid(JsonLocation location, String problem, Exception cause) {
    String place = location == null ? "" : " at line " + location.getLineNr();
    return new ConfigException("is not valid YAML" + place + ": " + problem, cause);
  }

  /** SnakeYAML's message includes lines of the text; only the problem is kept. */
  private static String problem(JsonProcessingException error) {
    return error.getCause() instanceof MarkedYAMLException marked && marked.getProblem() != null
        ? (marked.getContext() == null ? "" : marked.getContext() + ", ") + marked.getProblem()
        : JsonFault.described(error.getOriginalMessage());
  }

  private static JsonNode merged(JsonNode node) {
    if (node instanceof ArrayNode list) {
      for (int i = 0; i < list.size(); i++) {
        list.set(i, merged(list.get(i)));
      }
    } else if (node instanceof ObjectNode mapping) {
      mapping.properties().forEach(entry -> entry.setValue(merged(entry.getValue())));
      return mapping.has(MERGE) ? merged(mapping) : mapping;
    }
    return node;
  }

  /**
   * A mapping's own keys take precedence over merged ones, and earlier mappings of a list over
   * later ones.
   */
  private static ObjectNode merged(ObjectNode mapping) {
    JsonNode value = mapping.remove(MERGE);
    List<JsonNode> others =
        value instanceof ArrayNode list
            ? StreamSupport.stream(list.spliterator(), false).toList()
            : List.of(value);
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    for (JsonNode other : others) {
      if (!(other instanceof ObjectNode)) {
        throw new ConfigException(
            "has `<<`, which needs a mapping or a list of mappings but is "
                + value
                + ". Write, say, `<<: *defaults`.");
      }
      for (Map.Entry<String, JsonNode> entry : other.properties()) {
        result.putIfAbsent(entry.getKey(), entry.getValue());
      }
    }
    return result.setAll(mapping);
  }
}
