package io.github.coconut4j.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes a configuration of settings, as strictly for a section as for a whole file: a number with a
 * fraction is no whole number, null is none at all. What cannot be made names its key.
 */
public final class SettingsBinder {

  private final String prefix;
  private final Set<String> readElsewhere;

  private SettingsBinder(String prefix, Set<String> readElsewhere) {
    this.prefix = prefix;
    this.readElsewhere = readElsewhere;
  }

  /** For settings at the top of a file. */
  static SettingsBinder ofFile() {
    return new SettingsBinder("", Set.of());
  }

  /**
   * For the settings of a section.
   *
   * @param name stands before the keys in errors
   * @param readElsewhere keys that the section may have but the object does not
   */
  public static SettingsBinder ofSection(String name, Set<String> readElsewhere) {
    return new SettingsBinder(name + ".", Set.copyOf(readElsewhere));
  }

  /**
   * The settings as an object, what they leave out at its default.
   *
   * @throws ConfigException for an unknown key, a value of another type or out of range
   */
  public <T> T bind(ObjectNode settings, Class<T> type) {
    try {
      return ConfigMappers.YAML.treeToValue(settings.deepCopy().remove(readElsewhere), type);
    } catch (JsonProcessingException e) {
      throw new ConfigException(ownMessage(e).orElseGet(() -> message(e, settings)), e);
    }
  }

  /** Jackson wraps our own exceptions of creators and builders; theirs is the message to show. */
  private static Optional<String> ownMessage(JsonProcessingException error) {
    for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigException) {
        return Optional.of(cause.getMessage());
      }
    }
    return Optional.empty();
  }

  private String message(JsonProcessingException error, ObjectNode settings) {
    if (error instanceof UnrecognizedPropertyException unknown) {
      return unknownKey(unknown);
    }
    if (error instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      String key = mapping.getPath().get(0).getFieldName();
      return "`%s%s` cannot be %s: %s"
          .formatted(prefix, key, settings.get(key), error.getOriginalMessage());
    }
    return error.getOriginalMessage();
  }

  private String unknownKey(UnrecognizedPropertyException unknown) {
    List<String> path = unknown.getPath().stream().map(Reference::getFieldName).toList();
    Set<String> known = new TreeSet<>(path.size() == 1 ? readElsewhere : Set.of());
    unknown.getKnownPropertyIds().forEach(key -> known.add(key.toString()));
    return "`%s%s` is no key here; keys are %s. Correct it or leave it out."
        .formatted(prefix, String.join(".", path), String.join(", ", known));
  }
}
