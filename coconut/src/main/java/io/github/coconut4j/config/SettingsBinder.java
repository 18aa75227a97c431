package io.github.coconut4j.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.JsonFault;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Converts settings to a configuration object, as strictly for a section as for a whole file:
 * numbers with a fraction are not accepted as whole numbers, null is not accepted as a number.
 * Errors name the key.
 */
public final class SettingsBinder {

  private static final String OWN_PACKAGE = "io.github.coconut4j.";

  private final String name;
  private final Set<String> readElsewhere;

  private SettingsBinder(String name, Set<String> readElsewhere) {
    this.name = name;
    this.readElsewhere = readElsewhere;
  }

  /** For settings at the top level of a file. */
  static SettingsBinder ofFile() {
    return new SettingsBinder("", Set.of());
  }

  /**
   * For the settings of a section.
   *
   * @param name prefix of the keys in errors
   * @param readElsewhere keys that the section may have but the object does not
   */
  public static SettingsBinder ofSection(String name, Set<String> readElsewhere) {
    return new SettingsBinder(name, Set.copyOf(readElsewhere));
  }

  /**
   * The settings as an object; missing keys have their defaults.
   *
   * @throws ConfigException for unknown keys, a value of another type or out of range
   */
  public <T> T bind(ObjectNode settings, Class<T> type) {
    UnknownKeys unknown = new UnknownKeys();
    collectUnknown(settings, type, unknown);
    unknown.refuse();
    try {
      return ConfigMappers.YAML.treeToValue(settings.deepCopy().remove(readElsewhere), type);
    } catch (JsonProcessingException e) {
      throw new ConfigException(ownMessage(e).orElseGet(() -> message(e, settings)), e);
    }
  }

  /** Collects the keys that the object or its nested objects do not have. */
  public void collectUnknown(ObjectNode settings, Class<?> type, UnknownKeys unknown) {
    collectUnknown(name, settings.deepCopy().remove(readElsewhere), type, unknown);
  }

  private void collectUnknown(
      String owner, ObjectNode settings, Class<?> type, UnknownKeys unknown) {
    Map<String, Class<?>> fields = KnownKeys.fields(type);
    Set<String> known = new TreeSet<>(owner.equals(name) ? readElsewhere : Set.of());
    known.addAll(fields.keySet());
    for (Map.Entry<String, JsonNode> entry : settings.properties()) {
      String key = entry.getKey();
      if (!known.contains(key)) {
        unknown.add(prefix(owner), key, "`" + owner + "`", known);
      } else if (entry.getValue() instanceof ObjectNode inner && isSection(fields.get(key))) {
        collectUnknown(prefix(owner) + key, inner, fields.get(key), unknown);
      }
    }
  }

  private static String prefix(String owner) {
    return owner.isEmpty() ? "" : owner + ".";
  }

  /** Whether a key's value is a mapping of further keys. */
  private static boolean isSection(Class<?> type) {
    return !type.isEnum() && type.getPackageName().startsWith(OWN_PACKAGE);
  }

  /**
   * Jackson wraps our own exceptions from creators and builders; their message is the one to show.
   */
  private static Optional<String> ownMessage(JsonProcessingException error) {
    for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigException) {
        return Optional.of(cause.getMessage());
      }
    }
    return Optional.empty();
  }

  private String message(JsonProcessingException error, ObjectNode settings) {
    if (!(error instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return JsonFault.described(error.getOriginalMessage());
    }
    String key = prefix(name) + key(mapping);
    JsonNode value = found(mapping, settings);
    Object found = value.isMissingNode() ? "missing" : value;
    String remedy = value.isMissingNode() ? "Set it." : "Correct it.";
    if (error.getCause() instanceof IllegalArgumentException ofCreator) {
      return "`%s` cannot be %s: %s".formatted(key, found, ofCreator.getMessage());
    }
    return ExpectedValue.of(error)
        .map(expected -> ConfigException.of(key, expected, found, remedy).getMessage())
        .orElseGet(
            () ->
                "`%s` cannot be %s: %s"
                    .formatted(key, found, JsonFault.described(error.getOriginalMessage())));
  }

  /** The path of keys to a value, for example {@code lora.r} or {@code frozen[1]}. */
  private static String key(JsonMappingException error) {
    StringBuilder key = new StringBuilder();
    for (Reference step : error.getPath()) {
      if (step.getFieldName() == null) {
        key.append('[').append(step.getIndex()).append(']');
      } else {
        key.append(key.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return key.toString();
  }

  private static JsonNode found(JsonMappingException error, JsonNode settings) {
    JsonNode found = settings;
    for (Reference step : error.getPath()) {
      found =
          step.getFieldName() == null
              ? found.path(step.getIndex())
              : found.path(step.getFieldName());
    }
    return found;
  }
}
