package io.github.coconut4j.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The keys that a training configuration may have. */
final class KnownKeys {

  private static final Set<String> ALL = all();

  private KnownKeys() {}

  /**
   * Rejects unknown keys.
   *
   * @throws ConfigException naming each key and, if there is one, the similar known key
   */
  static void check(Collection<String> keys) {
    UnknownKeys unknown = new UnknownKeys();
    collectUnknown("", keys, unknown);
    unknown.refuse();
  }

  /** Collects the unknown keys. */
  static void collectUnknown(String prefix, Collection<String> keys, UnknownKeys unknown) {
    for (String key : keys) {
      if (!ALL.contains(key)) {
        unknown.add(prefix, key, "a training configuration", ALL);
      }
    }
  }

  private static Set<String> all() {
    Set<String> keys = new TreeSet<>(ReferenceKeys.NAMES);
    keys.addAll(ArchitectureKeys.NAMES);
    keys.addAll(NestedKeys.NAMES);
    keys.addAll(fields(TrainingConfig.class).keySet());
    return keys;
  }

  /** The keys of a configuration's object, with their types. */
  static Map<String, Class<?>> fields(Class<?> type) {
    var snakeCase = new PropertyNamingStrategies.SnakeCaseStrategy();
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
        .collect(Collectors.toMap(field -> snakeCase.translate(field.getName()), Field::getType));
  }
}
