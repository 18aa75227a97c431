package io.github.coconut4j.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.config.UnknownKeys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.Value;

/**
 * A training configuration and the section {@code methods}: what is trained with it, and the keys
 * that differ.
 *
 * <pre>
 * methods:
 *   coconut: {}
 *   cot: {lr: 1.0e-3}
 * </pre>
 */
@Value
public class QuickstartRecipe {

  private static final String RESOURCE = "/recipes/quickstart.yaml";

  /** Configurations by name of the method, in the recipe's order. */
  Map<String, TrainingConfig> methods;

  /**
   * The recipe that comes with the library.
   *
   * @param seed seed of the runs, or null for the recipe's
   */
  public static QuickstartRecipe bundled(Long seed) throws IOException {
    try (InputStream stream = QuickstartRecipe.class.getResourceAsStream(RESOURCE)) {
      String yaml = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      return of(ConfigFile.parse("recipes/quickstart.yaml", yaml), seed);
    }
  }

  /**
   * Reads a recipe.
   *
   * @param seed seed of the runs, or null for the recipe's
   * @throws ConfigException if a method's configuration is not valid
   */
  public static QuickstartRecipe of(ConfigFile file, Long seed) {
    JsonNode section = file.take("methods").orElse(null);
    if (!(section instanceof ObjectNode methods) || methods.isEmpty()) {
      throw new ConfigException(
          "A recipe needs `methods`, a mapping of methods to keys that differ, but has "
              + section
              + ". Write, say, `methods: {coconut: {}, cot: {}}`. A file with `method` is a training"
              + " configuration, which the command train takes; one with `search` is for tune.");
    }
    if (seed != null) {
      file.set("seed=" + seed);
    }
    requireKnown(file, methods);
    Map<String, TrainingConfig> configs = new LinkedHashMap<>();
    methods.properties().forEach(entry -> configs.put(entry.getKey(), config(file, entry)));
    return new QuickstartRecipe(configs);
  }

  /** All unknown keys at once, those of the file and those of each method. */
  private static void requireKnown(ConfigFile file, ObjectNode methods) {
    UnknownKeys unknown = new UnknownKeys();
    ConfigFile.collectUnknown("", file.values().keySet(), unknown);
    for (Map.Entry<String, JsonNode> method : methods.properties()) {
      List<String> keys = method.getValue().properties().stream().map(Map.Entry::getKey).toList();
      ConfigFile.collectUnknown("methods." + method.getKey() + ".", keys, unknown);
    }
    unknown.refuse();
  }

  private static TrainingConfig config(ConfigFile file, Map.Entry<String, JsonNode> method) {
    if (!(method.getValue() instanceof ObjectNode differences)) {
      throw new ConfigException(
          "`methods` needs a mapping of keys for "
              + method.getKey()
              + " but has "
              + method.getValue()
              + ". Write `"
              + method.getKey()
              + ": {}` where nothing differs.");
    }
    String key = method.getKey();
    return file.copy()
        .set("method=" + key)
        .set("name=" + key)
        .setAll(differences)
        .toTrainingConfig();
  }
}
