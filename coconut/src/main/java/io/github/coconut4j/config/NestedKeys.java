package io.github.coconut4j.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Keys of a training configuration whose values are mappings. {@code --set} and searches address
 * their entries with a dot: {@code lora.r}.
 */
final class NestedKeys {

  private static final Map<String, Class<?>> SECTIONS =
      Map.of("lora", LoraSettings.class, "early_stopping", EarlyStoppingSettings.class);

  private static final Map<String, String> EXAMPLES =
      Map.of("lora", "lora: {r: 8, alpha: 16}", "early_stopping", "early_stopping: {patience: 5}");

  /** PEFT's names of the entries of {@code lora}. */
  private static final Map<String, String> LORA_ALIASES =
      new TreeMap<>(
          Map.of("lora_alpha", "alpha", "lora_dropout", "dropout", "use_rslora", "rslora"));

  /** Keys with a dot. */
  static final Set<String> NAMES = names();

  private NestedKeys() {}

  private static Set<String> names() {
    Set<String> names = new TreeSet<>();
    SECTIONS.forEach(
        (section, type) ->
            KnownKeys.fields(type).keySet().forEach(key -> names.add(section + "." + key)));
    LORA_ALIASES.keySet().forEach(alias -> names.add("lora." + alias));
    return names;
  }

  /**
   * Moves keys with a dot into their mappings, and renames the mappings' entries to our names.
   *
   * @throws ConfigException if a value is not a mapping, or a key is given in both spellings
   */
  static void resolve(ObjectNode settings) {
    List<String> dotted = new ArrayList<>();
    settings.fieldNames().forEachRemaining(dotted::add);
    dotted.removeIf(key -> !NAMES.contains(key));
    for (String key : dotted) {
      int dot = key.indexOf('.');
      section(settings, key.substring(0, dot)).set(key.substring(dot + 1), settings.remove(key));
    }
    if (settings.get("lora") instanceof ObjectNode lora) {
      LORA_ALIASES.forEach((alias, key) -> rename(lora, alias, key));
    }
  }

  private static ObjectNode section(ObjectNode settings, String name) {
    JsonNode section = settings.get(name);
    if (section == null || section.isNull()) {
      return settings.putObject(name);
    }
    if (section instanceof ObjectNode mapping) {
      return mapping;
    }
    throw ConfigException.of(
        name, "a mapping", section, "Write, say, `" + EXAMPLES.get(name) + "`.");
  }

  private static void rename(ObjectNode section, String alias, String key) {
    JsonNode value = section.remove(alias);
    if (value != null) {
      if (section.has(key)) {
        throw new ConfigException(
            "`lora.%s` and `lora.%s` are two names of one key. Keep one of them."
                .formatted(alias, key));
      }
      section.set(key, value);
    }
  }
}
